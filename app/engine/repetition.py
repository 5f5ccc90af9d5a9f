"""How an activity may say that it repeats: in a loop, or in several instances."""

import re

from lxml import etree

from app.engine.xml import local
from app.kernel.errors import Invalid

LOOP = "standardLoopCharacteristics"
INSTANCES = "multiInstanceLoopCharacteristics"
_WORD = re.compile(r"[a-z][a-z0-9_]{0,63}")
_MAXIMUM = re.compile(r"[1-9][0-9]{0,3}")
_NAMES = ("loopDataInputRef", "loopDataOutputRef")
_ITEMS = ("inputDataItem", "outputDataItem")


def check(element: etree._Element, node: str | None) -> None:
    """Refuse (Invalid "diagram.instances") a repetition that is not complete or says two things at once."""
    parent = element.getparent()
    kinds = [] if parent is None else [one for one in parent if local(one) in {LOOP, INSTANCES}]
    right = _loops(element) if local(element) == LOOP else _repeats(element)
    if not right or len(kinds) != 1:
        raise Invalid("diagram.instances", node=node)


def _loops(element: etree._Element) -> bool:
    maximum, parts = element.get("loopMaximum"), [local(child) for child in element]
    bounded = maximum is None or _MAXIMUM.fullmatch(maximum) is not None
    ends = maximum is not None or "loopCondition" in parts
    return bounded and ends and parts.count("loopCondition") <= 1 and _is_truth(element.get("testBefore", "false"))


def _repeats(element: etree._Element) -> bool:
    """Either a list whose item has a name, or a number; results and the name of one result come together."""
    parts = [local(child) for child in element]
    names = _given(element)
    over_list = {"loopDataInputRef", "inputDataItem"} <= names.keys() and "loopCardinality" not in parts
    by_number = "loopCardinality" in parts and "loopDataInputRef" not in names
    results = len({"loopDataOutputRef", "outputDataItem"} & names.keys()) != 1
    words = len(set(names.values())) == len(names) and all(_WORD.fullmatch(name) for name in names.values())
    once = len(set(parts)) == len(parts)
    return (over_list or by_number) and results and words and once and _is_truth(element.get("isSequential", "false"))


def _given(element: etree._Element) -> dict[str, str]:
    names = {local(child): (child.text or "").strip() for child in element if local(child) in _NAMES}
    return names | {local(child): child.get("name", "") for child in element if local(child) in _ITEMS}


def _is_truth(text: str) -> bool:
    """The library reads `1` as no."""
    return text in {"true", "false"}

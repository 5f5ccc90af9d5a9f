"""What the gate says about activities: their ways out, their repetition, their data."""

import pytest

from app.engine import runtime
from app.kernel.errors import OfficeError
from tests.engine.diagrams import Case, document, ends, inner, instances, later, node, user

LINE = "s > a; a > e"


def _refused(xml: bytes, code: str) -> OfficeError:
    with pytest.raises(OfficeError) as raised:
        runtime.parse(xml, "p")
    assert raised.value.code == code
    return raised.value


def _line(middle: str) -> bytes:
    return document(ends() + middle, LINE)


@pytest.mark.parametrize(
    ("default", "flows", "code"),
    [
        ("", "s > a; a > b if x; b > e", "diagram.condition"),
        ("s_to_a", "s > a; a > b if x; a > e; b > e", "diagram.default"),
        ("a_to_e", "s > a; a > b; a > e; b > e", "diagram.default"),
        ("a_to_e", "s > a; a > b if x; a > e if y; b > e", "diagram.condition"),
        ("", "s > a if x; s > b; a > e; b > e", "diagram.condition"),
        ("", "s > a; a > b if open(); a > e; b > e", "diagram.expression"),
    ],
)
def test_ways_out_of_a_step_that_could_mislead_are_refused(default: str, flows: str, code: str) -> None:
    step = node("userTask", "a", **({"default": default} if default else {}))
    _refused(document(ends() + step + user("b"), flows), code)


@pytest.mark.parametrize(
    "spoiled",
    [
        instances("", "person", "results", "result"),
        instances("people", "", "results", "result"),
        instances("people", "person", "", "result"),
        instances("people", "person", "results", ""),
        instances("people", "x", "results", "x"),
        instances("people.all", "person", "results", "result"),
        "<bpmn:multiInstanceLoopCharacteristics/>",
    ],
)
def test_instances_name_their_list_item_results_and_result(spoiled: str) -> None:
    assert _refused(_line(user("a", inside=spoiled)), "diagram.instances").data["node"] == "a"


NUMBER = "<bpmn:loopCardinality>3</bpmn:loopCardinality>"


@pytest.mark.parametrize(
    ("inside", "code"),
    [
        (f"{NUMBER}{NUMBER}", "diagram.instances"),
        (f"{NUMBER}<bpmn:loopDataInputRef>people</bpmn:loopDataInputRef>", "diagram.instances"),
        (f"{NUMBER}<bpmn:loopDataOutputRef>results</bpmn:loopDataOutputRef>", "diagram.instances"),
        (f'{NUMBER}<bpmn:outputDataItem name="result"/>', "diagram.instances"),
        (f'{NUMBER}<bpmn:inputDataItem name="Not a word"/>', "diagram.instances"),
        ("<bpmn:loopDataInputRef>people</bpmn:loopDataInputRef>", "diagram.instances"),
        ('<bpmn:inputDataItem name="person"/>', "diagram.instances"),
        ("<bpmn:loopCardinality>open()</bpmn:loopCardinality>", "diagram.expression"),
        ("<bpmn:loopCardinality/>", "diagram.expression"),
        (f"{NUMBER}<bpmn:complexBehaviorDefinition/>", "diagram.element"),
    ],
)
def test_instances_are_for_a_list_or_by_number(inside: str, code: str) -> None:
    _refused(_line(user("a", inside=node("multiInstanceLoopCharacteristics", "m", inside))), code)


@pytest.mark.parametrize("attributes", [{"isSequential": "1"}, {"isSequential": "yes"}])
def test_instances_are_in_turn_or_not(attributes: dict[str, str]) -> None:
    number = node("multiInstanceLoopCharacteristics", "m", NUMBER, **attributes)
    _refused(_line(user("a", inside=number)), "diagram.instances")


def test_instances_that_throw_events_are_refused() -> None:
    number = node("multiInstanceLoopCharacteristics", "m", NUMBER, behavior="One")
    _refused(_line(user("a", inside=number)), "diagram.attribute_value")


@pytest.mark.parametrize(
    ("inside", "attributes", "code"),
    [
        ("", {}, "diagram.instances"),
        ("", {"loopMaximum": "0"}, "diagram.instances"),
        ("", {"loopMaximum": "-1"}, "diagram.instances"),
        ("", {"loopMaximum": "many"}, "diagram.instances"),
        ("", {"loopMaximum": "2", "testBefore": "1"}, "diagram.instances"),
        ("<bpmn:loopCondition>again(</bpmn:loopCondition>", {}, "diagram.expression"),
        (
            "<bpmn:loopCondition>a</bpmn:loopCondition><bpmn:loopCondition>b</bpmn:loopCondition>",
            {},
            "diagram.instances",
        ),
    ],
)
def test_a_loop_says_how_it_ends(inside: str, attributes: dict[str, str], code: str) -> None:
    _refused(_line(user("a", inside=node("standardLoopCharacteristics", "l", inside, **attributes))), code)


def test_a_step_repeats_in_one_way_only() -> None:
    both = node("standardLoopCharacteristics", "l", loopMaximum="2") + instances("people", "person", "all", "one")
    _refused(_line(user("a", inside=both)), "diagram.instances")


DATA = (
    '<bpmn:dataObject id="d" isCollection="false"/><bpmn:dataObjectReference id="dr" name="Letter" dataObjectRef="d">'
    '<bpmn:dataState name="signed"/></bpmn:dataObjectReference><bpmn:dataStoreReference id="sr" dataStoreRef="st"/>'
    '<bpmn:association id="as" sourceRef="dr" targetRef="a"/><bpmn:textAnnotation id="n"><bpmn:text>x</bpmn:text>'
    '</bpmn:textAnnotation><bpmn:association id="as2" sourceRef="n" targetRef="a"/><bpmn:group id="gr"/>'
)


@pytest.mark.bpmn("Data: dataObject")
@pytest.mark.bpmn("Data: dataObjectReference")
@pytest.mark.bpmn("Data: dataStore")
@pytest.mark.bpmn("Data: dataStoreReference")
@pytest.mark.bpmn("Artifact: textAnnotation")
@pytest.mark.bpmn("Artifact: association")
@pytest.mark.bpmn("Artifact: group")
def test_data_that_are_only_drawn_change_nothing() -> None:
    inside = DATA.replace('"d"', '"d2"').replace('"dr"', '"dr2"').replace('"sr"', '"sr2"').replace('"n"', '"n2"')
    inside = inside.replace('"as', '"ai').replace('"gr"', '"gr2"').replace('"a"', '"x"')
    body = ends() + DATA + user("a") + inner("sub", user("x") + inside, "subs > x; x > sube")
    store = '<bpmn:dataStore id="st" name="Archive" capacity="1" isUnlimited="true"/>'
    definition = runtime.parse(document(body, "s > a; a > sub; sub > e", beside=store), "p")
    one = Case(definition, later, x=1).complete("a").complete("x")
    assert (one.step.finished, one.step.data) == (True, {"x": 1})


@pytest.mark.parametrize(
    "inside",
    [
        "<bpmn:ioSpecification/>",
        "<bpmn:property/>",
        "<bpmn:dataInputAssociation><bpmn:sourceRef>dr</bpmn:sourceRef></bpmn:dataInputAssociation>",
        "<bpmn:dataOutputAssociation><bpmn:targetRef>dr</bpmn:targetRef></bpmn:dataOutputAssociation>",
    ],
)
def test_data_that_would_move_are_refused_with_a_reason(inside: str) -> None:
    for step in (user("a", inside=inside), node("subProcess", "a", inside), node("callActivity", "a", inside)):
        assert _refused(_line(DATA + step), "diagram.data").data["node"] == "a"
    _refused(document(ends() + user("a") + inside, LINE), "diagram.data")


@pytest.mark.parametrize(
    ("kind", "code"), [("adHocSubProcess", "diagram.ad_hoc"), ("transaction", "diagram.transaction")]
)
def test_sub_processes_of_other_kinds_are_refused_with_a_reason(kind: str, code: str) -> None:
    assert _refused(_line(node(kind, "a")), code).data["node"] == "a"


@pytest.mark.parametrize("kind", ["userTask", "task", "scriptTask", "serviceTask", "subProcess", "callActivity"])
@pytest.mark.parametrize("attribute", ["startQuantity", "completionQuantity"])
def test_a_step_takes_one_token_and_gives_one(kind: str, attribute: str) -> None:
    for quantity in ("0", "2", "many"):
        refused = _refused(_line(node(kind, "a", **{attribute: quantity})), "diagram.attribute_value")
        assert refused.data == {"node": "a", "attribute": attribute}


@pytest.mark.parametrize("kind", ["userTask", "manualTask", "task"])
def test_one_token_may_be_said_aloud(kind: str) -> None:
    runtime.parse(_line(node(kind, "a", startQuantity="1", completionQuantity="1")), "p")

"""Which differences between two revisions of a signed file can be honest: pyHanko's rules, made narrower.

Every writer notes in each revision when and by what it was written; nothing else may change in what a file says about
itself. A signature field that comes later must come signed.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any

from pyhanko.pdf_utils.decode_limits import DecodePurpose
from pyhanko.pdf_utils.metadata import model
from pyhanko.pdf_utils.metadata.xmp_xml import parse_xmp
from pyhanko.pdf_utils.reader import HistoricalResolver
from pyhanko.sign.diff_analysis import (
    CatalogModificationRule,
    DocInfoRule,
    DSSCompareRule,
    FormUpdatingRule,
    GenericFieldModificationRule,
    MetadataUpdateRule,
    ModificationLevel,
    ObjectStreamRule,
    SigFieldCreationRule,
    SigFieldModificationRule,
    StandardDiffPolicy,
    SuspiciousModification,
    XrefStreamRule,
)
from pyhanko.sign.diff_analysis.constants import ACROFORM_EXEMPT_STRICT_COMPARISON

from signing import hexstrings

hexstrings.install()

_OF_WRITING = ("/ModDate", "/Producer")
_OF_WRITING_XMP = (
    model.XMP_MODDATE,
    model.PDF_PRODUCER,
    model.ExpandedName(model.NS["xmp"], "MetadataDate"),
    model.ExpandedName("http://ns.adobe.com/xap/1.0/mm/", "InstanceID"),
    model.ExpandedName(model.NS["rdf"], "about"),  # what is described: the file itself, whether said or not
)


class _SameInfo(DocInfoRule):
    """Title, author and the like stay what they were when somebody signed."""

    def apply(self, old: HistoricalResolver, new: HistoricalResolver) -> Iterable[Any]:
        if _info(old) != _info(new):
            raise SuspiciousModification("/Info says something else")
        yield from super().apply(old, new)


class _SameMetadata(MetadataUpdateRule):
    """The same for the newer form of such statements (XMP)."""

    def apply(self, old: HistoricalResolver, new: HistoricalResolver) -> Iterable[Any]:
        yield from super().apply(old, new)
        if _metadata(old) != _metadata(new):
            raise SuspiciousModification("/Metadata says something else")


class _SignedAtOnce(SigFieldCreationRule):
    """An empty signature field that comes after a signature would be an invitation nobody answers for."""

    def apply(self, context: Any) -> Iterable[Any]:
        for spec in context.field_specs.values():
            added = spec.new_field if spec.field_type == "/Sig" and spec.old_field_ref is None else None
            if added is not None and "/V" not in added:
                raise SuspiciousModification("an empty signature field was added")
        yield from super().apply(context)


def _info(revision: HistoricalResolver) -> dict[str, str]:
    found = revision.trailer_view.get_value_as_reference("/Info", optional=True)
    info: Any = {} if found is None else revision(found)
    return {str(key): str(info[key]) for key in info if key not in _OF_WRITING}


def _metadata(revision: HistoricalResolver) -> Any:
    """What is stated, by name; the bytes themselves when they say it in a way that is not understood."""
    if "/Metadata" not in revision.root:
        return {}
    data = revision.root["/Metadata"].read_data(DecodePurpose.XMP_METADATA)
    try:
        stated = [pair for part in parse_xmp(io.BytesIO(data)) for pair in part]
    except ValueError:
        return data
    return {key: value for key, value in stated if key not in _OF_WRITING_XMP}


def _policy(*, may_begin: bool = False) -> StandardDiffPolicy:
    """The rules; `may_begin` lets the form say that from now on it holds signatures, as the first one must."""
    ignored = ACROFORM_EXEMPT_STRICT_COMPARISON | ({"/SigFlags"} if may_begin else set())
    # An appearance that was drawn over an older one could hide what was signed. Besides, pyHanko 0.38 takes an
    # unchanged appearance of two revisions ago for such a change and then refuses the time stamps that follow it.
    rules = [
        _SignedAtOnce(),
        SigFieldModificationRule(allow_in_place_appearance_stream_changes=False),
        GenericFieldModificationRule(allow_in_place_appearance_stream_changes=False),
    ]
    return StandardDiffPolicy(
        global_rules=[
            CatalogModificationRule(),
            *(
                rule.as_qualified(ModificationLevel.LTA_UPDATES)
                for rule in (_SameInfo(), XrefStreamRule(), ObjectStreamRule(), DSSCompareRule(), _SameMetadata())
            ),
        ],
        form_rule=FormUpdatingRule(field_rules=rules, ignored_acroform_keys=ignored),
    )


STRICT = _policy()
"""Between a signature and what came after it."""
SENT = _policy(may_begin=True)
"""Between a file that was sent to be signed and the one that came back."""

"""Which differences between two revisions of a signed file can be honest: pyHanko's rules, made narrower.

Every writer notes in each revision when and by what it was written; nothing else may change in what a file says about
itself. A signature field that comes later must come signed, and no larger than signatures are; nor may a later
revision ask viewers to draw fields anew, in letters of its own.
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
_DEFAULTS = ("/DR", "/DA", "/Q")
_LARGEST = 250.0 * 250.0
"""An eighth of an A4 page (square points): seals and pictures of signatures take a quarter of that."""
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
    """A signature field that comes after a signature has an author, and covers little of what was signed.

    An empty one would be an invitation nobody answers for; one as large as a page, even of a trusted signer, would
    replace what the first one saw ("sneaky signature attack").
    """

    def apply(self, context: Any) -> Iterable[Any]:
        for spec in context.field_specs.values():
            added = spec.new_field if spec.field_type == "/Sig" and spec.old_field_ref is None else None
            if added is not None and "/V" not in added:
                raise SuspiciousModification("an empty signature field was added")
            if added is not None and _area(added) > _LARGEST:
                raise SuspiciousModification("a signature field covers the page")
        yield from super().apply(context)


class _SameLook(FormUpdatingRule):
    """What viewers draw fields with stays what it was, wherever they are asked to draw them.

    Programs that sign add fonts and a default to the form (iText, Acrobat): harmless while each field brings its look.
    """

    def apply(self, old: HistoricalResolver, new: HistoricalResolver) -> Iterable[Any]:
        if _draws_anew(new) and (not _draws_anew(old) or _defaults(old) != _defaults(new)):
            raise SuspiciousModification("fields are to be drawn anew")
        yield from super().apply(old, new)


def _draws_anew(revision: HistoricalResolver) -> bool:
    return "/AcroForm" in revision.root and bool(revision.root["/AcroForm"].get("/NeedAppearances", False))


def _defaults(revision: HistoricalResolver) -> list[Any]:
    """The look of fields that say nothing of their own, and every object with which it is drawn."""
    form: Any = revision.root["/AcroForm"]
    kept = [form.raw_get(key) if key in form else None for key in _DEFAULTS]
    drawn = {one for value in kept if value is not None for one in revision.collect_dependencies(value)}
    return [kept, {one: revision(one) for one in drawn}]


def _area(field: Any) -> float:
    """How much a field covers, with all its widgets (square points)."""
    widgets = [field, *(kid.get_object() for kid in field.get("/Kids", ()))]
    sides = [[float(side) for side in one["/Rect"]] for one in widgets if "/Rect" in one]
    return sum(abs(right - left) * abs(top - bottom) for left, bottom, right, top in sides)


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
        form_rule=_SameLook(field_rules=rules, ignored_acroform_keys=ignored),
    )


STRICT = _policy()
"""Between a signature and what came after it."""
SENT = _policy(may_begin=True)
"""Between a file that was sent to be signed and the one that came back."""

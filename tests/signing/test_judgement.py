"""What else a verdict says: content that not everybody sees, clocks, dated roots, the wrong signer, honest files."""

import asyncio
import hashlib
import io
import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from asn1crypto.keys import PrivateKeyInfo
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs7
from pikepdf import Array, Dictionary, Name, String
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter
from pyhanko_certvalidator.registry import SimpleCertificateStore

from signing import revisions, trust
from signing.errors import SigningNotConfigured
from signing.signer import to_asn1
from signing.trust import TrustStore
from signing.validation import Policy, verify
from signing.verdict import Outcome
from tests.signing import papers
from tests.signing.attacks.shadow import layer
from tests.signing.authority import DAY, Authority, serial_of
from tests.signing.conftest import Bench, Issued

SOMEBODY = {"COMMON_NAME": "Cán bộ thử", "ORGANIZATION_NAME": "Cơ quan thử"}


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority("Cơ quan chứng thực thử", rsa.generate_private_key(public_exponent=65537, key_size=2048))


class Elsewhere:
    """Another program that signs whatever it gets, as it comes, by a clock of its own."""

    def __init__(self, authority: Authority, folder: Path) -> None:
        self.authority, self.folder = authority, folder
        self.key = authority.key_of(SOMEBODY, key=ec.generate_private_key(ec.SECP256R1()))
        secret = self.key._key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        registry = SimpleCertificateStore()
        registry.register(to_asn1(authority.root))
        self._signer = SimpleSigner(to_asn1(self.key.certificate), PrivateKeyInfo.load(secret), registry)

    def sign(
        self, source: Path, *, stamped: bool = True, clock: datetime | None = None, digest: str = "sha256"
    ) -> Path:
        """The file with one invisible signature."""
        target = self.folder / "elsewhere.pdf"
        settings = PdfSignatureMetadata(
            field_name="Signature1", md_algorithm=digest, subfilter=SigSeedSubFilter.ADOBE_PKCS7_DETACHED
        )
        signer = PdfSigner(settings, self._signer, timestamper=self.authority.timestamper if stamped else None)
        writer = IncrementalPdfFileWriter(io.BytesIO(source.read_bytes()), strict=False)
        with pytest.MonkeyPatch.context() as patch:
            if clock is not None:
                patch.setattr("pyhanko.sign.signers.pdf_signer.datetime", stopped(clock))
            target.write_bytes(asyncio.run(signer.async_sign_pdf(writer)).getvalue())
        return target

    def sign_over(self, source: Path, box: tuple[int, int, int, int]) -> Path:
        """The file with one more signature, shown in a box of its first page."""
        target = self.folder / "over.pdf"
        place = SigFieldSpec("Signature2", box=box, on_page=0)
        settings = PdfSignatureMetadata(field_name="Signature2", subfilter=SigSeedSubFilter.PADES)
        signer = PdfSigner(settings, self._signer, timestamper=self.authority.timestamper, new_field_spec=place)
        writer = IncrementalPdfFileWriter(io.BytesIO(source.read_bytes()))
        target.write_bytes(asyncio.run(signer.async_sign_pdf(writer)).getvalue())
        return target


def stopped(clock: datetime) -> type[datetime]:
    """A clock that always says the same."""

    class Stopped(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Any:  # noqa: ARG003
            return clock

    return Stopped


@pytest.fixture
def elsewhere(authority: Authority, tmp_path: Path) -> Elsewhere:
    return Elsewhere(authority, tmp_path)


def changed(path: Path, change: Callable[[pikepdf.Pdf], None], **saving: Any) -> Path:
    """A letter with something in it."""
    papers.letter(path)
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        change(pdf)
        pdf.save(path, **saving)
    return path


def script(pdf: pikepdf.Pdf) -> None:
    pdf.Root.OpenAction = Dictionary(S=Name.JavaScript, JS=String("app.alert(1)"))


def script_of_a_page(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].obj.AA = Dictionary(O=Dictionary(S=Name.JavaScript, JS=String("app.alert(1)")))


def script_behind_a_link(pdf: pikepdf.Pdf) -> None:
    first = Dictionary(S=Name.URI, URI=String("https://example.com"))
    first.Next = Array([Dictionary(S=Name.Launch, F=String("cmd.exe"))])
    pdf.pages[0].obj.Annots = Array([Dictionary(Subtype=Name.Link, Rect=Array([0, 0, 9, 9]), A=first)])


def script_by_name(pdf: pikepdf.Pdf) -> None:
    pdf.Root.Names = Dictionary(JavaScript=Dictionary(Names=Array([])))


def dynamic_form(pdf: pikepdf.Pdf) -> None:
    pdf.Root.AcroForm = Dictionary(Fields=Array([]), XFA=pikepdf.Stream(pdf, b"<xdp/>"))


def film(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].obj.Annots = Array([Dictionary(Subtype=Name.RichMedia, Rect=Array([0, 0, 9, 9]))])


def watermark(screen: str, paper: str) -> Callable[[pikepdf.Pdf], None]:
    """A layer that says for screen and paper whether it is on."""

    def change(pdf: pikepdf.Pdf) -> None:
        layer(on=True)(pdf)
        group = pdf.Root.OCProperties.OCGs[0]
        group.Usage = Dictionary(
            View=Dictionary(ViewState=Name(f"/{screen}")), Print=Dictionary(PrintState=Name(f"/{paper}"))
        )
        group.Usage.PageElement = Dictionary(Subtype=Name.BG)

    return change


def link(pdf: pikepdf.Pdf) -> None:
    action = Dictionary(S=Name.URI, URI=String("https://example.com"))
    pdf.pages[0].obj.Annots = Array([Dictionary(Subtype=Name.Link, Rect=Array([0, 0, 9, 9]), A=action)])
    pdf.Root.OpenAction = Array([pdf.pages[0].obj, Name.Fit])


def attachment(pdf: pikepdf.Pdf) -> None:
    pdf.attachments["so-lieu.csv"] = b"a,b\n1,2\n"


def shown_when_off(pdf: pikepdf.Pdf) -> None:
    layer(on=True)(pdf)
    rule = Dictionary(Type=Name.OCMD, OCGs=pdf.Root.OCProperties.OCGs, P=Name.AllOff)
    pdf.pages[0].add_resource(pdf.make_indirect(rule), Name.Properties, Name("/Khac"))


def note(flags: int, *, pointed_at: bool = False) -> Callable[[pikepdf.Pdf], None]:
    """A picture over the text, with the flags of annotations; perhaps another one under the pointer."""

    def change(pdf: pikepdf.Pdf) -> None:
        looks = [drawing(pdf, b"%d g 0 0 300 300 re f" % grey) for grey in (0, 1)]
        shown = Dictionary(N=looks[0], R=looks[1]) if pointed_at else Dictionary(N=looks[0])
        stamp = Dictionary(Subtype=Name.Stamp, Rect=Array([0, 0, 300, 300]), F=flags, AP=shown)
        pdf.pages[0].obj.Annots = Array([pdf.make_indirect(stamp)])

    return change


def drawing(pdf: pikepdf.Pdf, content: bytes, **more: Any) -> pikepdf.Stream:
    return pikepdf.Stream(pdf, content, Subtype=Name.Form, BBox=Array([0, 0, 300, 300]), **more)


def drawn_elsewhere(**more: Any) -> Callable[[pikepdf.Pdf], None]:
    """A drawing of the page whose content another file or another picture may replace."""

    def change(pdf: pikepdf.Pdf) -> None:
        pdf.pages[0].add_resource(drawing(pdf, b"", **more), Name.XObject)

    return change


def address_by_itself(pdf: pikepdf.Pdf) -> None:
    pdf.Root.OpenAction = Dictionary(S=Name.URI, URI=String("https://example.com"))


UNSEEN: dict[str, tuple[Callable[[pikepdf.Pdf], None], str]] = {
    "a layer that is off": (layer(on=False), "hidden_content"),
    "a layer only on screen": (watermark("ON", "OFF"), "hidden_content"),
    "a layer only on paper": (watermark("OFF", "ON"), "hidden_content"),
    "shown when a layer is off": (shown_when_off, "hidden_content"),
    "a note only on paper": (note(4 | 32), "hidden_content"),
    "a note under the pointer": (note(4 | 32 | 256), "hidden_content"),
    "another note under the pointer": (note(4, pointed_at=True), "hidden_content"),
    "a page of another file": (drawn_elsewhere(Ref=Dictionary(F=String("x.pdf"), Page=0)), "hidden_content"),
    "content of another file": (drawn_elsewhere(F=String("//example.com/x")), "hidden_content"),
    "another picture for printing": (drawn_elsewhere(Alternates=Array([])), "hidden_content"),
    "an address that opens by itself": (address_by_itself, "active_content"),
    "a script": (script, "active_content"),
    "a script of a page": (script_of_a_page, "active_content"),
    "a program behind a link": (script_behind_a_link, "active_content"),
    "scripts by name": (script_by_name, "active_content"),
    "a dynamic form": (dynamic_form, "active_content"),
    "a film": (film, "active_content"),
}
HARMLESS: dict[str, Callable[[Path], Path]] = {
    **papers.KINDS,
    "a layer that is on": lambda path: changed(path, layer(on=True)),
    "a watermark": lambda path: changed(path, watermark("ON", "ON")),
    "a link and a first page": lambda path: changed(path, link),
    "a note for everybody": lambda path: changed(path, note(4)),
    "a note that nobody sees": lambda path: changed(path, note(2 | 32)),
    "an attachment": lambda path: changed(path, attachment),
    "a picture of pages": lambda path: papers.scanned(papers.letter(path)),
    "linearised": lambda path: changed(path, lambda _: None, linearize=True),
    "PDF 2.0": lambda path: changed(path, lambda _: None, force_version="2.0"),
    "PDF 1.4": lambda path: changed(
        path, lambda _: None, force_version="1.4", object_stream_mode=pikepdf.ObjectStreamMode.disable
    ),
}


@pytest.mark.parametrize("name", UNSEEN)
def test_content_that_not_everybody_sees_leaves_it_open(name: str, elsewhere: Elsewhere, tmp_path: Path) -> None:
    change, reason = UNSEEN[name]
    found = verify(elsewhere.sign(changed(tmp_path / "source.pdf", change)), elsewhere.authority.trust())

    assert (found.outcome, found.reasons) == (Outcome.INDETERMINATE, (f"verification.{reason}",))


@pytest.mark.parametrize("kind", HARMLESS)
def test_an_honest_file_of_any_writer_gives_no_alarm(kind: str, elsewhere: Elsewhere, tmp_path: Path) -> None:
    found = verify(elsewhere.sign(HARMLESS[kind](tmp_path / "source.pdf")), elsewhere.authority.trust())

    assert (found.outcome, found.reasons) == (Outcome.VALID, ())


@pytest.mark.parametrize(
    ("box", "reasons"), [((300, 60, 520, 160), ()), ((0, 0, 595, 842), ("verification.changed_after",))]
)
def test_a_later_signer_signs_beside_what_was_signed_and_not_over_it(
    box: tuple[int, int, int, int], reasons: tuple[str, ...], elsewhere: Elsewhere, tmp_path: Path
) -> None:
    first = elsewhere.sign(papers.letter(tmp_path / "source.pdf"))

    assert verify(elsewhere.sign_over(first, box), elsewhere.authority.trust()).reasons == reasons


@papers.needs_office
def test_so_does_an_office_program(elsewhere: Elsewhere, tmp_path: Path) -> None:
    found = verify(elsewhere.sign(papers.office(tmp_path / "source.pdf")), elsewhere.authority.trust())

    assert found.reasons == ()


def test_a_clock_of_vietnam_called_utc_is_told_and_harms_nothing(elsewhere: Elsewhere, issued: Issued) -> None:
    store, said = elsewhere.authority.trust(), {}
    for hours, stamped in itertools.product((0, 7, 3, 60), (True, False)):
        clock = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=hours)
        found = verify(elsewhere.sign(issued.source, stamped=stamped, clock=clock), store)
        one = found.signatures[0].particulars
        assert one.claimed_at == clock
        assert (one.proven_at is not None) is stamped
        said[hours, stamped] = (found.outcome.value, *found.reasons, *one.remarks)

    assert said == {
        (0, True): ("valid",),
        (0, False): ("valid",),
        (7, True): ("valid", "verification.clock_local_as_utc"),
        (7, False): ("valid", "verification.clock_local_as_utc"),
        (3, True): ("valid", "verification.clock_apart"),
        (3, False): ("valid", "verification.clock_apart"),
        (60, True): ("valid", "verification.clock_apart"),
        (60, False): ("indeterminate", "verification.time_in_future", "verification.clock_apart"),
    }


def test_a_root_is_believed_only_for_what_was_issued_in_its_time(
    elsewhere: Elsewhere, issued: Issued, tmp_path: Path
) -> None:
    signed, folder = elsewhere.sign(issued.source), tmp_path / "trust"
    (folder / "roots").mkdir(parents=True)
    (folder / "crls").mkdir()
    pem = elsewhere.authority.root.public_bytes(Encoding.PEM)
    (folder / "roots/root.pem").write_bytes(pem)
    (folder / "crls/list.crl").write_bytes(elsewhere.authority._list({}, None))

    def dated(until: str, sha256: str = hashlib.sha256(pem).hexdigest()) -> TrustStore:
        text = f'[[anchor]]\nfile = "root.pem"\nsha256 = "{sha256}"\nfrom = 2000-01-01\nuntil = {until}\n'
        (folder / "anchors.toml").write_text(text, "utf-8")
        return trust.load(folder, production=True)

    assert verify(signed, dated("2999-01-01")).reasons == ()
    ended = verify(signed, dated("2020-01-01"))
    assert (ended.outcome, ended.reasons) == (Outcome.INDETERMINATE, ("verification.anchor_ended",))
    for bad in (lambda: dated("2999-01-01", "00"), lambda: dated('"soon"')):
        with pytest.raises(SigningNotConfigured, match=r"trust\.(anchor_exchanged|bad_anchors)"):
            bad()
    (folder / "roots/root.pem").rename(folder / "roots/other.pem")
    with pytest.raises(SigningNotConfigured, match=r"trust\.anchor_missing"):
        dated("2999-01-01")


def test_certificates_come_as_pem_der_or_in_a_bundle(authority: Authority, tmp_path: Path) -> None:
    root: x509.Certificate = authority.root
    (tmp_path / "a.pem").write_bytes(root.public_bytes(Encoding.PEM))
    (tmp_path / "b.cer").write_bytes(root.public_bytes(Encoding.DER))
    (tmp_path / "c.p7b").write_bytes(pkcs7.serialize_certificates([root, root], Encoding.DER))
    (tmp_path / "d.p7b").write_bytes(pkcs7.serialize_certificates([root], Encoding.PEM))

    assert len(trust.anchored(tmp_path, production=True).roots) == 5

    (tmp_path / "e.pem").write_bytes(b"khong phai chung thu")
    with pytest.raises(SigningNotConfigured, match=r"trust\.unreadable"):
        trust.anchored(tmp_path, production=True)


def test_the_wrong_persons_signature_is_named(elsewhere: Elsewhere, issued: Issued) -> None:
    signed, store = elsewhere.sign(issued.source), elsewhere.authority.trust()
    expected = frozenset({f"{serial_of(elsewhere.key):X}"})

    assert verify(signed, store, Policy(signers=expected)).reasons == ()
    assert verify(signed, store, Policy(signers=frozenset({"7"}))).reasons == ("verification.wrong_signer",)


def test_a_self_made_certificate_with_all_the_same_names_is_not_believed(elsewhere: Elsewhere, issued: Issued) -> None:
    namesake = Authority("Cơ quan chứng thực thử", rsa.generate_private_key(public_exponent=65537, key_size=2048))

    found = verify(elsewhere.sign(issued.source), namesake.trust())

    assert (found.outcome, found.signatures[0].particulars.path) == (Outcome.INDETERMINATE, ())
    assert found.reasons


def test_sha1_proves_nothing(elsewhere: Elsewhere, issued: Issued) -> None:
    found = verify(elsewhere.sign(issued.source, stamped=False, digest="sha1"), elsewhere.authority.trust())

    assert (found.outcome, found.reasons) == (Outcome.INDETERMINATE, ("verification.weak_algorithm",))


def test_the_file_that_a_signer_saw_can_be_cut_out(issued: Issued, bench: Bench) -> None:
    found, target = verify(issued.sealed, bench.profile.trust), bench.folder / "seen.pdf"

    revisions.revision_file(issued.sealed, target, found.signatures[0].revision_end)

    assert target.read_bytes() == issued.signed.read_bytes()
    assert verify(target, bench.profile.trust).reasons == ()
    assert found.checked_at - datetime.now(UTC) < DAY

"""The catalogues: nothing missing, nothing twice, and words for every code that can reach a person."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from app.kernel import errors
from app.web import i18n

ROOT = Path(__file__).resolve().parents[2]
KINDS = {kind.__name__ for kind in errors.OfficeError.__subclasses__()} | {"OfficeError"}
SIGNING = {
    "ExchangeRefused",
    "ExchangeUnavailable",
    "SigningError",
    "SigningRefused",
    "SigningNotConfigured",
    "SigningUnavailable",
    "TrustRefused",
}
OTHERS = {"Refused", "RefusedToStart", "Unsigned"}
FORM_RULES = (
    "required",
    "minLength",
    "maxLength",
    "pattern",
    "minimum",
    "maximum",
    "format",
    "type",
    "enum",
    "maxItems",
    "uniqueItems",
)


def test_both_languages_have_the_same_keys() -> None:
    assert set(i18n.catalogue("vi")) == set(i18n.catalogue("en"))


def test_both_languages_have_the_same_places() -> None:
    for key, sentence in i18n.catalogue("vi").items():
        assert i18n.places(sentence) == i18n.places(i18n.catalogue("en")[key]), key


def test_no_sentence_is_empty_or_left_in_the_other_language() -> None:
    same = {key for key, text in i18n.catalogue("vi").items() if text == i18n.catalogue("en")[key]}
    words = {key for key in same if re.search(r"[^\W\d_]{4}", re.sub(r"\{\w+\}", "", i18n.catalogue("vi")[key]))}
    assert not words, words
    assert all(text.strip() == text and text for lang in i18n.LOCALES for text in i18n.catalogue(lang).values())


def test_sentences_are_polite_and_typed_as_vietnamese_is() -> None:
    for key, text in i18n.catalogue("vi").items():
        assert not re.search(r"\b[Bb]ạn\b|  | [,.;:?!]|\.\.\.", text), key
        assert text.isprintable(), key


def test_every_code_that_can_be_raised_has_its_sentence() -> None:
    missing = {code: place for code, place in _codes() if code not in i18n.catalogue("vi")}
    assert not missing


def test_every_rule_of_forms_has_its_sentence() -> None:
    for rule in (*FORM_RULES, "invalid", "unknown_field", "too_large", "characters", "any_of"):
        assert f"form.{rule}" in i18n.catalogue("vi"), rule


def test_every_key_a_template_names_is_there() -> None:
    for path in (ROOT / "app" / "web" / "templates").rglob("*.html"):
        for key in re.findall(r"""\bt\(\s*["']([a-z_]+\.[\w.]+\w)["']\s*[,)]""", path.read_text("utf-8")):
            assert key in i18n.catalogue("vi"), f"{path.name}: {key}"


def test_every_key_a_page_names_is_there() -> None:
    for path in (ROOT / "app" / "web").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "t" and node.args:
                key = node.args[0]
                if isinstance(key, ast.Constant):
                    assert key.value in i18n.catalogue("vi"), f"{path.name}: {key.value!r}"


def test_every_icon_a_template_names_is_drawn() -> None:
    drawn = set(re.findall(r'id="(\w+)"', (ROOT / "app/web/static/icons.svg").read_text("utf-8")))
    for path in (ROOT / "app" / "web" / "templates").rglob("*.html"):
        named = re.findall(r"""\bicon\(\s*["'](\w+)["']""", path.read_text("utf-8"))
        assert set(named) <= drawn, path.name


def test_every_form_has_its_texts_in_both_languages() -> None:
    for schema in (ROOT / "forms").glob("*/schema.json"):
        fields = json.loads(schema.read_text("utf-8"))["properties"]
        for language in i18n.LOCALES:
            texts = json.loads((schema.parent / f"text.{language}.json").read_text("utf-8"))
            assert set(texts["fields"]) == set(fields), schema
            assert all(one["label"] for one in texts["fields"].values()), schema


def test_every_reason_of_a_refusal_has_its_words_for_the_sender() -> None:
    for schema in (ROOT / "forms").glob("register_document*/schema.json"):
        for code in json.loads(schema.read_text("utf-8"))["properties"]["refuse_reason"]["enum"]:
            assert f"refusal.{code}" in i18n.catalogue("vi"), code


def test_a_missing_key_is_an_error_under_test_and_itself_otherwise(app: Flask) -> None:
    with app.test_request_context(), pytest.raises(LookupError):
        i18n.t("no.such_key")
    app.testing = False
    with app.test_request_context():
        assert i18n.t("no.such_key") == "no.such_key"


def test_places_are_filled_and_braces_in_values_are_left_alone(app: Flask) -> None:
    with app.test_request_context():
        assert i18n.t("due.left", days="{days}") == "còn {days} ngày làm việc"
        assert i18n.t("due.left") == "còn  ngày làm việc"


def test_the_language_is_the_persons_then_the_browsers(app: Flask) -> None:
    with app.test_request_context(headers={"Cookie": "eo_locale=en"}):
        assert i18n.locale() == "en"
    with app.test_request_context(headers={"Cookie": "eo_locale=fr"}):
        assert i18n.locale() == "vi"
    assert i18n.locale() == "vi"


def test_a_key_may_stand_in_one_catalogue_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "vi"
    folder.mkdir()
    for name in ("a.po", "b.po"):
        (folder / name).write_text('msgid "one.key"\nmsgstr "một"\n', "utf-8")
    monkeypatch.setattr(i18n, "FOLDER", tmp_path)
    i18n.catalogue.cache_clear()
    with pytest.raises(ValueError, match=r"one\.key"):
        i18n.catalogue("vi")
    i18n.catalogue.cache_clear()


def _codes() -> Iterator[tuple[str, str]]:
    """Every code the source raises, or writes beside the values of its sentence."""
    for path in (
        *(ROOT / "app").rglob("*.py"),
        *(ROOT / "interchange").rglob("*.py"),
        *(ROOT / "signing").rglob("*.py"),
    ):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            yield from ((code, path.name) for code in _codes_of(node))


def _codes_of(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Call) and node.args and _name(node.func) in KINDS | SIGNING | OTHERS:
        yield from (
            one.value for one in ast.walk(node.args[0]) if isinstance(one, ast.Constant) and isinstance(one.value, str)
        )
    if isinstance(node, ast.Tuple) and len(node.elts) == 2 and isinstance(node.elts[1], ast.Dict):
        first = node.elts[0]
        if isinstance(first, ast.Constant) and isinstance(first.value, str) and "." in first.value:
            yield first.value


def _name(function: ast.expr) -> str:
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")

"""The demo worlds as data: complete, of one piece, and without the name of any person."""

import re
import tomllib
from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from app.cli import demo
from app.domain.documents.rules import notation

World = Mapping[str, Any]
YEARS = ("2017", "2025")
UNIT = {"code", "name", "short_name", "abbreviation", "place", "level", "agency"}
POST = {"key", "title", "unit", "role", "sign_in", "name"}
COMMUNES_OF_SON_TINH = ["Bắc", "Bình", "Đông", "Giang", "Hà", "Hiệp", "Minh", "Phong", "Sơn", "Thọ", "Trà"]
ROLES = {one["code"] for one in tomllib.loads((demo.FOLDER / "roles.toml").read_text("utf-8"))["roles"]}


@pytest.fixture(params=YEARS)
def world(request: pytest.FixtureRequest) -> World:
    return demo.read(request.param)


def test_entries_have_their_keys_and_no_others(world: World) -> None:
    for unit in world["units"]:
        assert set(unit) - {"parent", "identifiers"} == UNIT, unit["code"]
    for post in world["posts"]:
        assert set(post) - {"capacity"} == POST, post["key"]
    for level in world["levels"]:
        assert set(level) - {"base"} == {"code", "name_vi", "name_en", "rank"}


def test_codes_keys_and_sign_ins_are_given_once(world: World) -> None:
    for entries, key in (("levels", "code"), ("units", "code"), ("posts", "key")):
        counted = Counter(entry[key] for entry in world[entries])
        assert [code for code, times in counted.items() if times > 1] == []
    for scheme in ("qcvn102", "qd20"):
        given = [unit.get("identifiers", {}) for unit in world["units"]]
        codes = Counter(one[scheme] for one in given if scheme in one)
        assert [code for code, times in codes.items() if times > 1] == []


def test_every_agency_has_an_identifier_in_the_form_of_its_scheme(world: World) -> None:
    for unit in world["units"]:
        given = unit.get("identifiers", {})
        assert bool(given) == unit["agency"], unit["code"]
        if given:
            assert re.fullmatch(r"\d{3}\.\d{2}\.\d{2}\.H48", given.get("qcvn102", "000.00.00.H48")), unit["code"]
            assert re.fullmatch(r"H48(\.\d{1,3}){0,3}", given["qd20"]), unit["code"]
            assert len(given["qd20"]) <= 35


def test_units_hang_together(world: World) -> None:
    seen: set[str] = set()
    levels = {level["code"] for level in world["levels"]}
    assert all(level.get("base", "") in levels | {""} for level in world["levels"])
    for unit in world["units"]:
        assert unit["level"] in levels
        assert unit.get("parent") in seen or (unit.get("parent") is None and not seen), unit["code"]
        seen.add(unit["code"])


def test_posts_are_of_known_units_and_roles(world: World) -> None:
    units = {unit["code"] for unit in world["units"]}
    assert {post["unit"] for post in world["posts"]} <= units
    assert {post["role"] for post in world["posts"]} <= ROLES
    signers = [post for post in world["posts"] if post["role"] == "chairman"]
    committees = {unit["code"] for unit in world["units"] if unit["abbreviation"] == "UBND"}
    for post in signers:  # a collective is signed for (TM.), the head of a department signs in their own right
        assert bool(post.get("capacity")) == (post["unit"] in committees), post["key"]
    assert max(Counter(post["unit"] for post in signers).values()) == 1


def test_a_sign_in_always_has_the_same_name(world: World) -> None:
    named = {(post["sign_in"], post["name"]) for post in world["posts"]}
    assert len(named) == len({sign_in for sign_in, _ in named})
    assert all(re.fullmatch(r"[a-z0-9.]{3,60}", sign_in) for sign_in, _ in named)


def test_nobody_is_called_by_a_name(world: World) -> None:
    """An account is called by its post, and a post by what it does."""
    for post in world["posts"]:
        first = post["title"].split(",")[0].split()[0]
        assert post["name"].split()[0].lower() == first.lower(), post["key"]


def test_whole_years_have_their_public_holidays(world: World) -> None:
    days = {one["day"]: one for one in world["special_days"]}
    assert len(days) == len(world["special_days"])
    assert all(isinstance(day, date) and set(one) == {"day", "is_working", "name"} for day, one in days.items())
    for year in {day.year for day in days} - {2025}:
        for month, number in ((1, 1), (4, 30), (5, 1), (9, 2)):
            day = date(year, month, number)
            assert day in days or day.weekday() >= 5 or day < world["valid_from"], day


def test_the_tour_is_played_by_people_of_the_right_agencies(world: World) -> None:
    tour, posts = world["tour"], world["posts"]
    held = {(post["sign_in"], post["role"]): post for post in posts}
    parents = {unit["code"]: unit["code"] if unit["agency"] else unit["parent"] for unit in world["units"]}
    for part, role in (("drafter", "specialist"), ("head", "head"), ("clerk", "clerk"), ("chairman", "chairman")):
        assert parents[held[tour[part], role]["unit"]] == tour["sender"], part
    assert held[tour["drafter"], "specialist"]["unit"] == held[tour["head"], "head"]["unit"]
    by_key = {post["key"]: post for post in posts}
    for one in tour["recipients"]:
        assert held[one["clerk"], "clerk"]["unit"] == one["unit"]
        assert held[one["chairman"], "chairman"]["unit"] == one["unit"]
        assert by_key[one["lead"]]["sign_in"] == one["specialist"]
        others = [*one["co_handlers"], *one["information"]]
        assert one["lead"] not in others
        assert all(parents[by_key[key]["unit"]] == one["unit"] for key in (one["lead"], *others))


def test_the_first_letter_will_be_01_ubnd_vx(world: World) -> None:
    tour = world["tour"]
    sender = next(unit for unit in world["units"] if unit["code"] == tour["sender"])
    assert notation(tour["document_type"], sender["abbreviation"], tour["field"]) == "UBND-VX"


def test_2017_has_the_eleven_communes_of_son_tinh() -> None:
    world = demo.read("2017")
    units = {unit["code"]: unit for unit in world["units"]}
    recipients = [units[one["unit"]] for one in world["tour"]["recipients"]]
    assert sorted(unit["place"] for unit in recipients) == sorted(f"Tịnh {name}" for name in COMMUNES_OF_SON_TINH)
    assert {unit["parent"] for unit in recipients} == {"huyen-son-tinh"}


def test_2025_has_two_tiers_and_a_special_zone_that_is_a_kind_of_commune() -> None:
    world = demo.read("2025")
    levels = {level["code"]: level for level in world["levels"]}
    assert "district" not in levels
    assert levels["special_zone"]["base"] == levels["ward"]["base"] == "commune"
    units = {unit["code"]: unit for unit in world["units"]}
    recipients = [units[one["unit"]] for one in world["tour"]["recipients"]]
    assert {"commune", "ward", "special_zone"} <= {unit["level"] for unit in recipients}
    assert {unit["parent"] for unit in recipients} == {world["tour"]["sender"]}
    assert any(unit["name"].endswith("đặc khu Lý Sơn") for unit in recipients)

"""What an operator writes in the environment, and what is made of it."""

from pathlib import Path

import pytest

from app.settings import from_environment


def _env(folder: Path, **given: str) -> dict[str, str]:
    return {"EOFFICE_DATA": str(folder), "EOFFICE_SECRET_KEY": "x", **given}


@pytest.mark.parametrize("word", ["Production", "prod", "live", " production"])
def test_a_profile_that_is_none_stops_rather_than_runs_as_a_demo(tmp_path: Path, word: str) -> None:
    with pytest.raises(ValueError, match="EOFFICE_PROFILE"):
        from_environment(_env(tmp_path, EOFFICE_PROFILE=word))


@pytest.mark.parametrize(
    ("profile", "asked", "secure"),
    [
        ("production", "", True),
        ("production", "0", False),
        ("production", "1", True),
        ("", "", False),
        ("demo", "1", True),
    ],
)
def test_cookies_are_secure_in_production_unless_the_operator_says_no(
    tmp_path: Path, profile: str, asked: str, secure: bool
) -> None:
    env = _env(tmp_path, EOFFICE_PROFILE=profile, EOFFICE_SECURE_COOKIES=asked)

    assert from_environment(env).secure_cookies is secure


def test_a_data_folder_that_others_could_read_is_closed(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o755)
    folder.chmod(0o755)

    from_environment(_env(folder))

    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_folder_shared_by_everyone_is_left_as_it_is(tmp_path: Path) -> None:
    tmp_path.chmod(0o1777)

    from_environment(_env(tmp_path))

    assert tmp_path.stat().st_mode & 0o7777 == 0o1777


def test_the_names_of_the_site_are_read_one_by_one(tmp_path: Path) -> None:
    assert from_environment(_env(tmp_path)).hosts == ()
    assert from_environment(_env(tmp_path, EOFFICE_HOSTS="a.gov.vn, b.gov.vn ,")).hosts == ("a.gov.vn", "b.gov.vn")

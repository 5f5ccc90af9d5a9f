"""`python3 -m app bench engine | http`: small, but every measurement once."""

import json

import pytest

from app.cli import bench, bench_diagrams, bench_engine, bench_http
from app.engine import gate


@pytest.fixture
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"ROUNDS": 2, "TASKS": 4, "CASES": 2, "WIDE": 3, "NODES": 5, "REPEATS": 8}.items():
        monkeypatch.setattr(bench_engine, f"_{name}", value)


@pytest.mark.usefixtures("_small")
def test_every_measurement_stands_beside_its_limit(capsys: pytest.CaptureFixture[str]) -> None:
    bench.main(["engine", "--json"])

    results = json.loads(capsys.readouterr().out)["results"]
    assert len(results) == 8
    assert all({"name", "value", "unit", "limit", "library", "kept"} <= one.keys() for one in results)
    assert [one["library"] is not None for one in results[:2]] == [True, True]


@pytest.mark.usefixtures("_small")
def test_more_instances_than_the_engine_allows_are_said(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench_engine, "_WIDE", 100_000)
    bench.main(["engine"])

    assert "the engine allows" in capsys.readouterr().out


@pytest.mark.slow
def test_completions_are_measured_through_the_real_routes(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"CASES": 2, "WARM": 1, "WIDE": 3}.items():
        monkeypatch.setattr(bench_http, f"_{name}", value)
    bench.main(["http", "--json"])

    results = {one["name"].strip(): one for one in json.loads(capsys.readouterr().out)["results"]}
    assert results["completing a human task, p50"]["note"] == "10 completions"
    assert results["answered otherwise than 200"]["value"] == 0
    assert results["of them refused"]["value"] == 0
    assert results["statements"]["kept"]
    assert results["commits"]["value"] == 1


@pytest.mark.parametrize(
    ("xml", "nodes"),
    [
        (bench_diagrams.procedure(), 25),
        (bench_diagrams.loop(), 5),
        (bench_diagrams.review(), 8),
        (bench_diagrams.instances(), 7),
        (bench_diagrams.line(98), 100),
    ],
)
def test_the_diagrams_run_and_are_as_large_as_they_say(xml: bytes, nodes: int) -> None:
    report = gate.examine(xml)

    assert report.verdict == "runs"
    assert sum(one.type.endswith(("Event", "Task", "Gateway", "subProcess")) for one in report.findings) == nodes

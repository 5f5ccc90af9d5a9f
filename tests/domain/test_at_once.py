"""Two people act on one case at the same moment: one is first, the other hears it, and nothing is done twice."""

from collections.abc import Callable
from threading import Barrier, Thread

from flask import Flask

from app.domain.cases import commands, handing, lending, queries
from app.kernel.db import db
from app.kernel.errors import Conflict, Forbidden
from tests.house import Office
from tests.story import Told


def together(app: Flask, *acts: Callable[[], object]) -> list[str]:
    """What each of several acts that begin together comes to: `done`, or the code it is refused with."""
    told: list[str] = []
    gate = Barrier(len(acts))

    def run(act: Callable[[], object]) -> None:
        with app.app_context():
            gate.wait()
            try:
                act()
                told.append("done")
            except (Conflict, Forbidden) as refusal:
                told.append(refusal.code)
            finally:
                db.session.remove()

    threads = [Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.session.rollback()
    db.session.expire_all()
    return sorted(told)


def test_a_return_and_a_completion_at_once_leave_one_step_open(app: Flask, office: Office) -> None:
    told = Told(office)
    case = told.until("check_form")
    clerk, task_id = office.actor(told.tour["clerk"]), told.task(case, "check_form").id
    outcome = together(
        app,
        lambda: handing.return_task(clerk, task_id, reason="Sai."),
        lambda: commands.complete_task(clerk, task_id, answers={"form_decision": "agree"}),
    )
    assert outcome == ["done", "task.already_done"]
    assert len([one for one in queries.tasks_of(case.id) if one.closed_at is None]) == 1


def test_a_withdrawal_and_the_completion_of_what_it_led_to_at_once(app: Flask, office: Office) -> None:
    told = Told(office)
    case = told.until("check_form")
    clerk, head = office.actor(told.tour["clerk"]), office.actor(told.tour["head"])
    next_id = told.task(case, "check_form").id
    done_id = next(one.id for one in queries.tasks_of(case.id) if one.node == "check_content")
    outcome = together(
        app,
        lambda: handing.withdraw(head, done_id, reason="Nhầm."),
        lambda: commands.complete_task(clerk, next_id, answers={"form_decision": "agree"}),
    )
    assert outcome in (["done", "step.seen"], ["done", "task.already_done"])
    assert len([one for one in queries.tasks_of(case.id) if one.closed_at is None]) == 1


def test_two_who_give_one_task_away_at_once_do_not_both(app: Flask, office: Office) -> None:
    told = Told(office)
    case = told.until("check_form")
    clerk, task_id = office.actor(told.tour["clerk"]), told.task(case, "check_form").id
    posts = [next(iter(office.actor(told.tour[part]).post_ids)) for part in ("head", "chairman")]
    outcome = together(
        app,
        lambda: lending.delegate(clerk, task_id, post_id=posts[0], reason="Vắng."),
        lambda: lending.delegate(clerk, task_id, post_id=posts[1], reason="Vắng."),
    )
    assert outcome == ["done", "task.not_yours"]

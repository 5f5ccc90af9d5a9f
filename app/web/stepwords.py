"""How the history tells what was done with a step other than ending it: who handed it to whom, and why."""

from collections.abc import Callable, Mapping

from app.domain.audit.queries import Happened
from app.domain.cases.models import Task
from app.web import formtexts
from app.web.i18n import t

Words = Callable[[Task], str]
POSTS = ("post_id", "to_post_id")
"""Where an event names a post."""


def told(one: Happened, tasks: Mapping[str, Task], posts: Mapping[str, str]) -> dict[str, str]:
    """The step, the step it went to and the post, as far as an event speaks of them."""
    values: dict[str, str] = {}
    step, target = (tasks.get(str(one.payload.get(key))) for key in ("asked_id", "to_id"))
    done = tasks.get(str(one.payload.get("task_id")))
    if step is not None:
        values["step"] = formtexts.step_name(step.form_sha256, step.name)
    if target is not None:
        values["to_step"] = formtexts.step_name(target.form_sha256, target.name)
    of_task = done.lent_by_post_id if target is None and done is not None else target.post_id if target else None
    post = one.payload.get("to_post_id") or one.payload.get("post_id") or of_task
    return {**values, "post": posts.get(str(post), "")}


def words(name: str, task: Task) -> str:
    """What a person wrote with such an act."""
    said = ACTS[name](task)
    return t("history.words", words=said) if said else ""


def answer(task: Task) -> str:
    """What somebody who was asked has answered: `Không đồng ý: "Sai thể thức."`."""
    said = str(task.answers.get("opinion", ""))
    if "agrees" not in task.answers:
        return said
    verdict = t("opinion.agrees" if task.answers["agrees"] else "opinion.disagrees")
    return t("history.decision_and_words", decision=verdict, words=said) if said else verdict


def _why(key: str) -> Words:
    return lambda task: str(task.why.get(key, ""))


def _note(task: Task) -> str:
    return task.note


ACTS: Mapping[str, Words] = {
    "case.task_returned": _note,
    "case.task_withdrawn": _note,
    "case.task_delegated": _why("lent"),
    "case.delegation_ended": _why("ended"),
    "case.task_reassigned": _why("given"),
    "case.cosigner_added": _note,
    "case.cosigner_removed": _why("ended"),
    "case.opinion_asked": _note,
    "case.opinion_given": answer,
}

"""Forms as their cases pinned them, with their texts in the reader's language."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.cases.models import Task
from app.domain.procedures import library, patches
from app.domain.procedures.commands import pinned_form
from app.kernel.errors import Missing
from app.web import i18n
from app.web.forms import Schema
from app.web.i18n import t


@dataclass(frozen=True)
class Pinned:
    """A form that never changes again: its schema, and its texts by language."""

    schema: Schema
    by_language: Mapping[str, Mapping[str, Any]]

    @property
    def texts(self) -> Mapping[str, Any]:
        """The texts in the reader's language; what is not translated yet is read in Vietnamese."""
        default, language = self.by_language.get(i18n.DEFAULT, {}), i18n.locale()
        if language == i18n.DEFAULT:
            return default
        texts: Mapping[str, Any] = patches.merged(default, self.by_language.get(language, {}))
        return texts


def pinned(sha256: str) -> Pinned:
    """The form with this name."""
    found = pinned_form(sha256)
    return Pinned(found.schema, found.texts)


def library_forms() -> list[Pinned]:
    """Every form of the library as it is today."""
    return [Pinned(form.schema, form.texts) for form in map(library.form, library.forms())]


def task_name(task: Task) -> str:
    """What a task is called: its step, or what somebody was asked for beside one."""
    name = step_name(task.form_sha256, task.name)
    return name if task.kind == "step" else t("task.kind.of", kind=t(f"task.kind.{task.kind}"), name=name)


def step_name(form_sha256: str, name: str) -> str:
    """What a step is called: as the diagram says, or by the title of its form for readers of another language."""
    if i18n.locale() == i18n.DEFAULT:
        return name
    try:
        texts = pinned_form(form_sha256).texts.get(i18n.locale(), {})
    except Missing:
        return name
    return str(texts.get("title") or name)

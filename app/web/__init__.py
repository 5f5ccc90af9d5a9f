"""Pages for people: server-rendered, in Vietnamese and English, usable without JavaScript."""

from flask import Flask

from app.web import (
    account,
    acts,
    assets,
    calendar,
    cases,
    deadlines,
    design,
    documents,
    errors,
    expressions,
    fields,
    filters,
    gallery,
    health,
    i18n,
    importing,
    inbox,
    layers,
    migration,
    notices,
    operations,
    placenames,
    procedures,
    refusals,
    registers,
    replaying,
    replies,
    security,
    sent,
    session,
    sets,
    shell,
    signin,
    support,
    tasks,
    triggers,
    trying,
    uploads,
)

PAGES = (
    *(inbox, tasks, acts, cases, documents, registers, sent, replies, notices),
    *(procedures, layers, trying, replaying, triggers, migration, expressions, deadlines, calendar, operations),
    *(gallery, support, sets, importing),
)
SHELL = (signin, account, design, health)


def init_app(app: Flask) -> None:
    """Mount every page, and what all of them share."""
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(t=i18n.t, locale=i18n.locale)
    for part in (session, filters, shell, fields, assets, uploads, placenames, security, refusals, errors):
        part.init_app(app)
    for module in (*SHELL, *PAGES):
        app.register_blueprint(module.bp)

"""Pages for people: server-rendered, in Vietnamese and English, usable without JavaScript."""

from flask import Flask

from app.web import (
    account,
    acts,
    agencies,
    assets,
    attachments,
    axes,
    backthen,
    builder,
    calendar,
    caselist,
    cases,
    comparing,
    copies,
    deadlines,
    design,
    desksigning,
    digitising,
    displays,
    documents,
    dossiers,
    drawing,
    editing,
    errors,
    exchanges,
    expressions,
    fields,
    filters,
    gallery,
    handovers,
    health,
    holdings,
    i18n,
    importing,
    inbox,
    layers,
    migration,
    mysigning,
    newforms,
    notices,
    operating,
    operations,
    peers,
    placenames,
    procedures,
    proofs,
    publishing,
    refusals,
    registers,
    replaying,
    replies,
    rollouts,
    security,
    sent,
    session,
    sets,
    shell,
    signers,
    signin,
    support,
    supposing,
    tables,
    tasks,
    triggers,
    trying,
    uploads,
    verifying,
    ways,
)

PAGES = (
    *(inbox, mysigning, tasks, acts, cases, documents, copies, attachments, digitising),
    *(registers, sent, replies, notices, proofs, dossiers, exchanges, axes, peers, ways, agencies),
    *(procedures, layers, drawing, editing, tables, trying, replaying, supposing),
    *(triggers, migration, comparing, expressions, publishing, rollouts, builder, newforms),
    *(deadlines, calendar, operations, operating, caselist, backthen),
    *(gallery, support, sets, importing),
    *(desksigning, handovers, displays),
)
SHELL = (signin, account, signers, holdings, design, health, verifying)


def init_app(app: Flask) -> None:
    """Mount every page, and what all of them share."""
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(t=i18n.t, has=i18n.has, locale=i18n.locale)
    for part in (session, filters, shell, fields, assets, uploads, placenames, security, refusals, errors):
        part.init_app(app)
    for module in (*SHELL, *PAGES):
        app.register_blueprint(module.bp)

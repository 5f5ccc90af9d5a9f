"""The front door: the only module that sees the whole house."""

from typing import Any

from flask import Flask

from app import api, jobs, web
from app.domain.cases import bulk, manyacts, moves, operations, publication, repairs
from app.domain.cases.children import CHILDREN
from app.domain.cases.delegates import CASES, DOCUMENTS
from app.domain.cases.duedates import DEADLINES
from app.domain.cases.notices import NOTICES
from app.domain.exchange import keys as exchange_keys
from app.domain.exchange.delegates import EXCHANGE
from app.domain.orgunits import calendar
from app.domain.procedures import checks
from app.domain.signatures import batches
from app.domain.signatures.copying import COPIES
from app.domain.signatures.delegates import SIGNATURES
from app.engine import worktime
from app.gateways.files import FileStore
from app.kernel.db import db
from app.settings import Settings
from app.web import measure

HERE = ("localhost", "127.0.0.1")
"""Names a machine has for itself: the supervisor asks by the first whether the product is well."""


def create_app(settings: Settings, **config: Any) -> Flask:
    """Build the application from its settings; `config` overrides single keys of Flask's (tests do)."""
    app = Flask("app", static_folder="web/static", template_folder="web/templates")
    app.config.from_mapping(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        REDIS_URL=settings.redis_url,
        PRODUCTION=settings.production,
        PKI=settings.pki,
        UPLOAD_LIMIT=settings.upload_limit,
        EXCHANGE_LIMIT=settings.exchange_limit,
        OFFICE=settings.office,
        ADDRESS=settings.address,
        MAX_CONTENT_LENGTH=settings.upload_limit + 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=1024 * 1024,
        MAX_FORM_PARTS=1000,
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        TRUSTED_PROXIES=settings.trusted_proxies,
        TRUSTED_HOSTS=[*settings.hosts, *HERE] if settings.hosts else None,
        **config,
    )
    app.url_map.merge_slashes = False  # what it mends it mends by redirects, to whatever host the request names
    db.init_app(app)
    app.extensions["files"] = FileStore(settings.files)
    exchange_keys.install(settings.database_url, settings.pki)
    acquaint()
    jobs.init_app(app)
    web.init_app(app)
    api.init_app(app)
    if settings.measure:
        measure.init_app(app)
    return app


def acquaint() -> None:
    """Tell the lower slices what the higher ones have for them, in place of whatever they were told before."""
    worktime.install(calendar.deadline_after)
    operations.install(CASES, CHILDREN, DEADLINES, NOTICES, DOCUMENTS, SIGNATURES, COPIES, EXCHANGE)
    bulk.install(repairs.BULK, moves.BULK, manyacts.BULK, batches.BULK, in_turn=batches.BULK)
    checks.install(publication.unready)

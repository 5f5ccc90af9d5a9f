"""JSON for other programs: the same commands and queries as the pages, with a token."""

from flask import Flask

from app.api import access, exchange, waiting
from app.api.plan import Description, answer_options, keep_bodies_small
from app.api.v1 import (
    acts,
    cases,
    documents,
    incidents,
    migrations,
    notices,
    operations,
    procedures,
    replays,
    tasks,
    triggers,
    units,
)

BLUEPRINTS = (
    *(tasks.bp, acts.bp, cases.bp, documents.bp, units.bp, notices.bp, operations.bp),
    *(procedures.bp, triggers.bp, incidents.bp, migrations.bp, replays.bp),
)
exchange.bp.register_blueprint(waiting.bp)
LARGEST_BODY = 1024 * 1024
for _blueprint in BLUEPRINTS:
    _blueprint.before_request(keep_bodies_small(LARGEST_BODY, but="api_tasks.give_file"))
    _blueprint.before_request(access.sign_in)
    _blueprint.after_request(answer_options)


def init_app(app: Flask) -> None:
    """Mount every resource and the description of all of them."""
    app.config.update(
        API_TITLE="eOffice",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/api/v1",
        OPENAPI_JSON_PATH="openapi.json",
        API_SPEC_OPTIONS={
            "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
            "security": [{"token": []}],
        },
    )
    api = Description(app)
    for blueprint in BLUEPRINTS:
        api.register_blueprint(blueprint)
    app.register_blueprint(exchange.bp)

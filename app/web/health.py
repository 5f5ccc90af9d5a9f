"""Whether the house stands: for the supervisor and for load balancers."""

from flask import Blueprint, Response, current_app, jsonify
from redis import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.kernel.db import db

bp = Blueprint("health", __name__)


@bp.get("/health")
def show() -> tuple[Response, int]:
    """200 when the database and Redis answer, 503 otherwise; nothing but these words."""
    database, redis = _database(), _redis()
    well = database and redis
    words = {True: "ok", False: "down"}
    status = "ok" if well else "degraded" if database else "down"
    return jsonify(status=status, database=words[database], redis=words[redis]), 200 if well else 503


def _database() -> bool:
    try:
        db.session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        db.session.rollback()
        return False
    return True


def _redis() -> bool:
    try:
        return bool(current_app.extensions["bell"].connection.ping())
    except RedisError:
        return False

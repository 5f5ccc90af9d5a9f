"""The directory: agencies one can send to, posts work can be given to."""

from flask import g

from app.api.plan import Resources
from app.api.v1.schemas import PostShown, UnitShown
from app.domain.orgunits import queries
from app.domain.orgunits.models import Post, Unit

bp = Resources("api_units", __name__, url_prefix="/api/v1/directory", description="Units and posts")


@bp.get("/agencies")
@bp.response(200, UnitShown(many=True))
def agencies() -> list[Unit]:
    """Every agency that exists today."""
    return queries.agencies()


@bp.get("/posts")
@bp.response(200, PostShown(many=True))
def posts() -> list[Post]:
    """The posts of the caller's own agencies."""
    ids = {seat.agency_id for seat in g.actor.seats}
    return [post for unit_id in sorted(ids) for post in queries.posts_of_agency(unit_id)]

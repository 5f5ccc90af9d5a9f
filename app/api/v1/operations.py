"""Operations: what diagrams may ask for, with the schemas of their parameters and answers."""

from app.api.plan import Resources
from app.api.v1.schemas import OperationShown
from app.domain.cases import operations
from app.domain.cases.contracts import Contract

bp = Resources(
    "api_operations", __name__, url_prefix="/api/v1/operations", description="Operations of diagrams (thao tác)"
)


@bp.get("/")
@bp.response(200, OperationShown(many=True))
def index() -> list[Contract]:
    """Every operation, by name."""
    return list(operations.catalogue())

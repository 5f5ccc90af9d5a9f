"""Every table of every slice, so that migrations and tests know them all."""

from app.domain.access import models as access
from app.domain.actors import models as actors
from app.domain.cases import correspondence, rollouts
from app.domain.cases import models as cases
from app.domain.documents import models as documents
from app.domain.exchange import fetching, ledger
from app.domain.exchange import models as exchange
from app.domain.orgunits import models as orgunits
from app.domain.procedures import models as procedures
from app.domain.registers import models as registers
from app.domain.signatures import displays, proofs
from app.domain.signatures import models as signatures
from app.domain.signers import models as signers
from app.kernel import events, outbox, turns

ALL = (
    access,
    actors,
    cases,
    correspondence,
    displays,
    documents,
    events,
    exchange,
    fetching,
    ledger,
    orgunits,
    outbox,
    procedures,
    proofs,
    registers,
    rollouts,
    signatures,
    signers,
    turns,
)

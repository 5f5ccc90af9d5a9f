"""Roles and their permissions."""

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Model


class Role(Model):
    """A role (vai trò) that posts carry: clerk, head, chairman, specialist, administrator, operator."""

    __tablename__ = "role"

    code: Mapped[str] = mapped_column(unique=True)
    name_vi: Mapped[str]
    name_en: Mapped[str]


class RoleGrant(Model):
    """One permission of a role."""

    __tablename__ = "role_grant"

    role_code: Mapped[str] = mapped_column(ForeignKey("role.code"))
    permission: Mapped[str]

    __table_args__ = (UniqueConstraint("role_code", "permission"),)

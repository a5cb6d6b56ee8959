"""Follows a location of a file through the settings models."""

from __future__ import annotations

from types import NoneType, UnionType
from typing import TYPE_CHECKING, Union, get_args, get_origin

from config.core.settings import Settings

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo


def settings_of(annotation: object) -> type[Settings] | None:
    """Return the settings class that an annotation is, None for any other annotation."""
    return annotation if isinstance(annotation, type) and issubclass(annotation, Settings) else None


def members_of(annotation: object) -> list[object]:
    """Return what a union may be apart from None; any other annotation is its only member."""
    if get_origin(annotation) in (Union, UnionType):
        return [member for member in get_args(annotation) if member is not NoneType]
    return [annotation]


def fields_of(annotation: object) -> dict[str, FieldInfo]:
    """Return the fields of a settings class by the names that they have in files; none of any other annotation."""
    settings = settings_of(annotation)
    fields = {} if settings is None else settings.model_fields
    return {field.alias or name: field for name, field in fields.items()}


def tag_of(member: object) -> object:
    """Return the `type` by which a file chooses this member of a union, None where there is no choice."""
    fields = fields_of(member)
    tags = get_args(fields["type"].annotation) if "type" in fields else ()
    return tags[0] if tags else None


def below(annotation: object, part: str | int) -> object:
    """Return the annotation of a key or an item of what an annotation describes, None if it has none."""
    if part in fields_of(annotation):
        return fields_of(annotation)[str(part)].annotation
    if get_origin(annotation) is dict:
        return get_args(annotation)[1]
    return get_args(annotation)[0] if get_origin(annotation) is tuple else None

"""What the roles' users are called and which passwords they have, as a command was told it."""

import re
from typing import BinaryIO

import click

from warmline.access.roles import Role, roles
from warmline.plain_yaml import PlainYamlError, load_plain_yaml

LONGEST = 253
RESOURCE_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?")
OPTION = "--user"


def named(user: str, role: Role) -> str:
    """Return what a role's user is called.

    Args:
        user: As told; `{role}` in it stands for the role's name.
        role: Whose user.

    Raises:
        ClickException: It is empty, too long, or would break the line that it stands in.
    """
    name = user.replace("{role}", role.name)
    if not name.strip():
        raise click.BadParameter("the users' name is empty", param_hint=OPTION)
    if len(name) > LONGEST or not name.isprintable():
        raise click.BadParameter(f"{name!r} is no name: at most {LONGEST} characters of one line", param_hint=OPTION)
    return name


def redis_named(user: str, role: Role) -> str:
    """Return the same for an ACL file of Redis, where a space ends a name.

    Raises:
        ClickException: It cannot stand there.
    """
    name = named(user, role)
    if any(character.isspace() for character in name):
        raise click.BadParameter(f"{name!r} has a space in it, which Redis does not take", param_hint=OPTION)
    return name


def strimzi_named(user: str, role: Role) -> str:
    """Return the same for a resource of Kubernetes.

    Raises:
        ClickException: It cannot stand there.
    """
    name = named(user, role)
    if RESOURCE_NAME.fullmatch(name) is None:
        raise click.BadParameter(
            f"{name!r}: Kubernetes takes small letters, digits, - and . only, a letter or digit first and last",
            param_hint=OPTION,
        )
    return name


def passwords_in(file: BinaryIO) -> dict[str, str]:
    """Return the passwords of a file by role.

    No message holds one. A wrong file is refused as a whole: a user whose password is not what was meant lets somebody
    in, or keeps a service out, and nobody would know why.

    Args:
        file: YAML of role to password.

    Raises:
        ClickException: It is no such file, names no role, or a password is empty or no text.
    """
    try:
        content = load_plain_yaml(file.read())
    except PlainYamlError as error:
        raise _refused(str(error)) from error
    except OSError as error:
        raise _refused(f"cannot be read: {error.strerror}") from error
    if not isinstance(content, dict) or not content:
        raise _refused("holds no lines `ROLE: PASSWORD`")
    known = roles()
    for role, password in content.items():
        if role not in known:
            raise _refused(f"there is no role {role}; there are {', '.join(known)}")
        if password is None or (isinstance(password, str) and not password.strip()):
            raise _refused(f"{role}: the password is empty; take the line out where the user is to have none yet")
        if not isinstance(password, str):
            raise _refused(f"{role}: the password is no text as it stands there; put it in quotes")
    return content


def _refused(why: str) -> click.ClickException:
    return click.BadParameter(why, param_hint="--passwords")

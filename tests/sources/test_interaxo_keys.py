"""Keys of people: a slash in the id of a community makes nobody somebody else."""

from __future__ import annotations

import pytest

from connector.sources.interaxo.people import Directory, person_key, read_key
from connector.sources.interaxo.room_rows import Person
from connector.sources.interaxo.wire import Authority

NAMED = {("a/b", "c"): "c of a/b", ("a", "b/c"): "b/c of a", ("a", "c"): "c of a", ("50%", "c"): "c of 50%"}


class Notes:
    """Remembers nothing."""

    def get(self, kind: str, key: str) -> None:
        return None

    def put(self, kind: str, key: str, value: bytes, *, mark: bytes = b"", run: int = 0) -> None:
        pass


class Asks:
    """Two communities, of which one is called as a person of the other begins."""

    async def profile(self, community: str, person: str) -> Person:
        if person == "-me-":
            return Person(id="me")
        name = NAMED[community, person]
        return Person(id=person, name=name, email=f"{name.replace(' ', '-')}@example.com")

    async def groups(self, community: str, person: str) -> list[Authority]:
        return [Authority(id="all", type="group")]


@pytest.mark.parametrize("pair", [*NAMED, ("a%2Fb", "c"), ("a%b/c", "d/e"), ("%2F", "%25")])
def test_a_key_is_read_as_it_was_written(pair: tuple[str, str]) -> None:
    assert read_key(person_key(*pair)) == pair
    assert len({person_key(*one) for one in NAMED}) == len(NAMED)


def test_keys_of_before_stay_what_they_were() -> None:
    assert person_key("example-corp", "kari@example.com") == "example-corp/kari@example.com"
    assert read_key("50%/kari") == ("50%", "kari")


async def test_everybody_is_asked_for_in_her_own_community() -> None:
    directory = Directory(source="ix", notes=Notes(), fixed=(), file={}, asks=Asks())  # type: ignore[arg-type]
    for community, person in NAMED:
        directory.meet(community, Authority(id=person, type="user"))
    found = await directory.people(sorted(directory.met))
    assert {one.email for one in found} == {
        f"{name.replace(' ', '-')}@example.com" for name in NAMED.values()
    }
    assert all(len(one.identities) == 2 for one in found)

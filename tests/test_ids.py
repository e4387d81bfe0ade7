"""Ids made quickly are the ids that Python makes."""

from __future__ import annotations

import copy
import pickle
from uuid import UUID, SafeUUID

from hypothesis import given
from hypothesis import strategies as st

from desktop.ids import id_of_bytes, id_of_hex, make_id


@given(st.uuids())
def test_the_same_as_pythons(wanted: UUID) -> None:
    for made in (make_id(wanted.int), id_of_bytes(wanted.bytes), id_of_hex(wanted.hex)):
        assert made == wanted
        assert hash(made) == hash(wanted)
        assert (str(made), made.bytes, made.hex, repr(made)) == (str(wanted), wanted.bytes, wanted.hex, repr(wanted))
        assert made.is_safe is SafeUUID.unknown
        assert pickle.loads(pickle.dumps(made)) == wanted
        assert copy.deepcopy(made) == wanted
        assert sorted([made, UUID(int=0)])[0] == UUID(int=0)

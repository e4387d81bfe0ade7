"""Another office of a project: a database of its own that begins empty, takes in everything that was done so far, and
lets its PC in by an act that the project's keys vouch for."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import URL

from desktop.models.offices import Device, OfficeKeyWrap
from desktop.services import opening
from desktop.services.acts import Op
from desktop.services.device_key import DeviceKeys
from desktop.services.devices import put_desk
from desktop.services.errors import Outage
from desktop.services.keys import ProjectKeys, wrap_for_device
from desktop.services.office import Office
from desktop.services.sync.head_office import HeadOffice
from desktop.services.sync.lease import give_back, take_lease
from desktop.services.sync.session import meet
from desktop.services.work import PROGRAM, begin
from desktop.world import World


def join_project(
    world: World, data_dir: Path, url: URL, keys: ProjectKeys, device: DeviceKeys, head: HeadOffice, desk_name: str
) -> Office:
    """A new office of a project in an empty database, with everything head office has of it and a desk for this PC.

    Torn off, it is begun again in the same database. Raises Refusal, NoHeadOffice, Outage.
    """
    office = opening.replica_office(world, data_dir, url, keys, device)
    lease = take_lease(office, world.new_id())
    if lease is None:
        raise Outage("另一个程序正在把这个管理处接入总部", safe="它接完之前这里什么也没有改")
    meet(office, head, lease)
    with begin(office, PROGRAM, Op.APPROVE_DEVICE) as work:
        if work.session.get(Device, device.device_id) is None:
            work.authorised += 1  # the project's keys are the right: nobody has signed in yet
            desk = put_desk(work, desk_name)
            work.authorised -= 1
            device_row = work.add(
                Device(
                    id=device.device_id, name=desk.name, desk_id=desk.id, signing_key=device.ed25519_public,
                    wrapping_key=device.x25519_public, approved_at=work.at, revoked_at=None,
                    vouch=opening.vouch_for(work.vault, device),
                )
            )  # fmt: skip
            work.subject(device_row)
            work.record(way="head_office")
        work.derive(sa.delete(OfficeKeyWrap).where(OfficeKeyWrap.device_id == device.device_id), "office_key_wrap")
        work.derive(
            sa.insert(OfficeKeyWrap).values(
                id=world.new_id(), device_id=device.device_id, created_at=work.at,
                wrapped=wrap_for_device(keys, device.x25519_public),
            ),
            "office_key_wrap",
        )  # fmt: skip
    meet(office, head, lease)
    give_back(office, lease)
    return opening.assemble(office)

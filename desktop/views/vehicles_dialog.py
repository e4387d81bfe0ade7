"""车辆: the plates of one party in one line, added to, corrected or taken out of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from desktop.services import vehicles
from desktop.services.acts import Op
from desktop.services.errors import RowChanged
from desktop.views.act_dialog import ActDialog
from desktop.views.form_draft import FormDraft
from desktop.views.pages import Shell
from desktop.views.text_fields import TextField
from desktop.views.versions import Merge


class VehiclesDialog(ActDialog):
    """Enter stores. Signals: done(PlatesChanged) once it is stored."""

    help_topic = "party.vehicles"

    def __init__(self, shell: Shell, party_id: UUID, name: str, plates: Sequence[str]) -> None:
        title = shell.frame.tr("车辆")
        super().__init__(shell, title, subtitle=name, primary=shell.frame.tr("保存车牌"), wide=560)
        self._party_id, self._known = party_id, tuple(plates)
        self._asked_about = ""
        form = self.use_form(1)
        field = TextField("", limit=160, hint=self.tr("川A·8K3Z7 川AD12345"))
        field.enter_moves_on = False
        field.entered.connect(self.submit)
        self.plates = field
        form.add("plates", self.tr("车牌"), field, hint=self.tr("几辆用空格分开；改字就是更正，删掉就不再登记"))
        form.set_values(_values_of(self._known))
        self.draft = FormDraft(shell, self, "party.vehicles", party_id)
        read = partial(shell.session.read, vehicles.plates_of_party, party_id)
        self._merge = Merge(shell, self, read, _values_of, self._know)

    def open(self) -> None:
        super().open()
        self.plates.setFocus()
        self.plates.end(False)  # most often one more is added

    def request(self) -> str:
        return str(self.plates.value())

    def problems(self) -> Mapping[str, str]:
        return {problem.field: problem.text for problem in vehicles.plate_problems(self.request()) if problem.stops}

    def doubts(self) -> Mapping[str, str]:
        return {problem.field: problem.text for problem in vehicles.plate_problems(self.request()) if not problem.stops}

    def submit(self) -> None:
        """An unusual plate is asked about once: the next Enter stores it as it stands."""
        typed, doubts = self.request(), self.doubts()
        if doubts and not self.problems() and self._asked_about != typed and self.form is not None:
            self._asked_about = typed
            self.form.show_problems({}, doubts)
            self.summary.say(self.tr("对照一下车牌：没错就再按一次 Enter 保存"))
            self.plates.setFocus()
            return
        super().submit()

    def order(self, request: str) -> Callable[[], object]:
        act = self.shell.session.act
        return partial(act, Op.CHANGE_PARTY, vehicles.set_plates, self._party_id, self._known, request)

    def refuse(self, error: Exception) -> None:
        if isinstance(error, RowChanged):
            self._merge.begin(error)
        else:
            super().refuse(error)

    def _know(self, plates: tuple[str, ...]) -> None:
        self._known = plates


def _values_of(plates: Sequence[str]) -> dict[str, Any]:
    return {"plates": " ".join(plates)}

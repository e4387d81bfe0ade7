"""Staff 员工: who works here, what they may do, and who may sign in no longer."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

from desktop.models.values import Right
from desktop.services import access
from desktop.services.access import RoleRow, StaffForm, StaffRow
from desktop.services.acts import Op
from desktop.services.errors import NotFound, RowChanged
from desktop.views.admin.passwords import OwnPasswordDialog, ResetPasswordDialog
from desktop.views.buttons import Button
from desktop.views.columns import Column, Kind, TagLook
from desktop.views.dialogs import Dialog, Question
from desktop.views.form_draft import FormDraft
from desktop.views.labels import Card
from desktop.views.pages import Command, Page, Shell
from desktop.views.tables import RowTable, TableFoot
from desktop.views.text_fields import PasswordField, TextField, clean_code
from desktop.views.ticks import TicksField
from desktop.views.versions import Merge


class StaffDialog(Dialog):
    """Adds or changes a person. submitted(StaffForm). `taken` are the sign-in names of the others."""

    help_topic = "staff"

    def __init__(self, shell: Shell, roles: Sequence[RoleRow], taken: Sequence[str], row: StaffRow | None) -> None:
        super().__init__(
            shell.frame,
            self.tr("修改员工") if row else self.tr("添加员工"),
            subtitle=row.login if row else "",
            primary=self.tr("保存") if row else self.tr("添加"),
            wide=700,
        )
        self._row, self._taken = row, taken
        form = self.use_form(2)
        form.add("name", self.tr("姓名"), TextField(row.name if row else "", limit=30), required=True)
        login = TextField(row.login if row else "", limit=32, clean=_login)
        form.add("login", self.tr("工号"), login, required=True, note=self.tr("登录时输入，字母或数字"))
        ticks = TicksField([(role.code, role.title, _about(role)) for role in roles])
        if row:
            ticks.set_value(row.roles)
        form.add("roles", self.tr("角色（可以多选）"), ticks, required=True, span=2)
        if row is None:
            note = self.tr("当面告诉本人，第一次登录时要改成自己的")
            form.add("password", self.tr("初始密码"), PasswordField(), required=True, span=2, note=note)
        self.draft = FormDraft(shell, self, "staff", row.id if row is not None else "")

    def request(self) -> StaffForm:
        assert self.form is not None
        typed = self.form.values()
        return StaffForm(typed["login"], typed["name"], typed["roles"], typed.get("password"))

    def problems(self) -> dict[str, str]:
        return access.staff_problems(self.request(), self._taken, new=self._row is None)

    def _end(self, accepted: bool) -> None:
        if self.form is not None and "password" in self.form.rows:
            self.form.field("password").wipe()
        super()._end(accepted)


def _login(text: str) -> str:
    return clean_code(text).lower()


_ABOUT = {
    "administrator": "员工、规则、备份、体检；不收款",
    "manager": "前台和收银的全部，加审批、冲红、改房源",
    "front_desk": "入住、租客资料、报修",
    "cashier": "收款、出账单",
    "finance_lead": "收款、冲红、出账单、导出",
    "repair_lead": "报修处理",
    "auditor": "只看，不改",
    "head_office": "总部查看，个人信息不显示",
}


def _about(role: RoleRow) -> str:
    return _ABOUT.get(role.code, "")


class StaffPage(Page):
    """A table of people with their roles and state."""

    help_topic = "staff"
    tables = frozenset({"staff_member", "staff_role", "role"})

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._rows: list[StaffRow] = []
        self._here: UUID | None = None
        self._roles: list[RoleRow] = []
        self._dialog: StaffDialog | ResetPasswordDialog | None = None
        self._editing: StaffRow | None = None
        self._may = shell.allowed(Right.EDIT_STAFF)
        self._build()
        self._wire()

    def _build(self) -> None:
        self.reset = Button(self.tr("重置密码"), "secondary", icon="key-round", key="Alt+1")
        self.disable = Button(self.tr("停用"), "secondary", icon="user-x", key="Alt+2")
        self.edit = Button(self.tr("修改"), "secondary", icon="pencil", key="Ctrl+E")
        self.add = Button(self.tr("添加员工"), "primary", icon="user-plus", key="Ctrl+N")
        self.set_head(self.tr("员工"), "", self.reset, self.disable, self.edit, self.add)
        self.table = RowTable(
            [
                Column(
                    self.tr("姓名"), lambda row: row.name, kind=Kind.NAME, sample="欧阳听澜", strong=True, stretch=1
                ),
                Column(self.tr("工号"), lambda row: row.login, kind=Kind.CODE, sample="zhouyanqiu"),
                Column(self.tr("角色"), _titles, sample="前台、收银员、维修班长", stretch=3),
                Column(self.tr("状态"), _state, kind=Kind.TAG, sample=self.tr("待改密码"), tag=_state_look),
            ]
        )
        self.table.setAccessibleName(self.tr("员工"))
        self.table.say_when_empty(self.tr("还没有员工"), self.tr("按 Ctrl+N 添加第一位，给他工号、角色和初始密码"))
        self.foot_strip = TableFoot()
        card = Card()
        card.body.setContentsMargins(0, 0, 0, 0)
        card.body.setSpacing(0)
        card.body.addWidget(self.table, 1)
        card.body.addWidget(self.foot_strip)
        self.body.addWidget(card, 1)

    def _wire(self) -> None:
        self.add.clicked.connect(self._add)
        self.edit.clicked.connect(self._edit)
        self.disable.clicked.connect(self._disable)
        self.reset.clicked.connect(self._reset)
        self.table.opened.connect(self._opened_row)
        self.table.current_row.connect(self._show_buttons)
        self._show_buttons(None)

    # showing

    def opened(self, params: dict[str, Any]) -> None:
        self._load()
        self.table.setFocus()

    def refresh(self, tables: frozenset[str]) -> None:
        self._load()

    def _load(self) -> None:
        self.shell.run(partial(_read, self.shell.session), self.show_staff, busy=self.tr("正在读取员工"))

    def show_staff(self, found: tuple[list[StaffRow], list[RoleRow]]) -> None:
        """Show these people, keeping the one in hand."""
        self._rows, self._roles = found
        here = self._here
        self.table.show_list(self._rows, key=lambda row: row.id)
        at = next((at for at, row in enumerate(self._rows) if row.id == here), 0)
        if self.table.currentIndex().row() != at:
            self.table.choose(at)
        gone = sum(row.disabled_at is not None for row in self._rows)
        words = self.tr("{n} 人在用").format(n=len(self._rows) - gone)
        self.foot_strip.show_words(words, self.tr("{n} 人已停用").format(n=gone) if gone else "")
        self._show_buttons(self.table.current())

    def _show_buttons(self, row: StaffRow | None) -> None:
        if row is not None:  # between two lists the table has none in hand
            self._here = row.id
        none = self.tr("只有管理员能改员工") if not self._may else ""
        nobody = none or (self.tr("先选一个人") if row is None else "")
        self.add.allow(none)
        self.edit.allow(nobody)
        self.reset.allow(nobody or (self.tr("已停用，先恢复") if row is not None and row.disabled_at else ""))
        self.disable.allow(nobody)
        back = row is not None and row.disabled_at is not None
        self.disable.setText(self.tr("恢复") if back else self.tr("停用"))
        self.disable.set_icon("user-check" if back else "user-x")

    def hints(self) -> str:
        return self.tr("方向键选人 · Enter 修改 · Ctrl+N 添加")

    def command(self, command: Command) -> bool:
        if command == Command.REFRESH:
            self._load()
            return True
        return False

    # doing

    def _taken(self, row: StaffRow | None) -> list[str]:
        return [each.login for each in self._rows if row is None or each.id != row.id]

    def _add(self) -> None:
        dialog = StaffDialog(self.shell, self._roles, self._taken(None), None)
        dialog.submitted.connect(self._store_new)
        self._open(dialog)

    def _store_new(self, form: StaffForm) -> None:
        session = self.shell.session
        self._work(partial(session.act, Op.ADD_STAFF, access.add_staff, form, session.passwords))

    def _opened_row(self, row: StaffRow) -> None:
        if self._may:
            self._edit()

    def _edit(self) -> None:
        row = self.table.current()
        if row is None:
            return
        dialog = StaffDialog(self.shell, self._roles, self._taken(row), row)
        self._editing = row
        read = partial(_read_one, self.shell.session, row.id)
        merge = Merge(self.shell, dialog, read, _values_of, self._know)
        dialog.submitted.connect(partial(self._store_changed, merge))
        self._open(dialog)

    def _know(self, row: StaffRow) -> None:
        self._editing = row

    def _store_changed(self, merge: Merge, form: StaffForm) -> None:
        assert self._editing is not None
        self._work(self._change(self._editing, form), merge.begin)

    def _change(self, row: StaffRow, form: StaffForm) -> Any:
        session = self.shell.session
        return partial(session.act, Op.CHANGE_STAFF, access.change_staff, row.id, row.version, form, session.passwords)

    def _reset(self) -> None:
        row = self.table.current()
        if row is None:
            return
        dialog = ResetPasswordDialog(self.shell.frame, row.name, row.login)
        dialog.submitted.connect(partial(self._store_reset, row))
        self._open(dialog)

    def _store_reset(self, row: StaffRow, typed: dict[str, Any]) -> None:
        form = StaffForm(row.login, row.name, row.roles, typed["new"])
        self._work(self._change(row, form), partial(self._reset_again, row.id, typed))

    def _reset_again(self, staff_id: UUID, typed: dict[str, Any], _error: RowChanged) -> None:
        """Name or roles were changed meanwhile: they stay as they are now, only the password is new."""
        read = partial(_read_one, self.shell.session, staff_id)
        self.shell.run(read, partial(self._reset_fresh, typed), partial(self._refused, None))

    def _reset_fresh(self, typed: dict[str, Any], row: StaffRow) -> None:
        self._store_reset(row, typed)

    def _disable(self) -> None:
        row = self.table.current()
        if row is None:
            return
        if row.disabled_at is not None:
            self._set_disabled(row, False)
            return
        question = Question(
            self.shell.frame,
            self.tr("停用 {name}").format(name=row.name),
            self.tr("停用后不能再登录，已经办过的事仍在名下。以后可以恢复。"),
            [(True, self.tr("停用 {name}").format(name=row.name), "danger")],
            cancel=self.tr("保留"),
        )
        question.answered.connect(partial(self._disable_answered, row))
        self.shell.open(question)

    def _disable_answered(self, row: StaffRow, _yes: object) -> None:
        self._set_disabled(row, True)

    def _set_disabled(self, row: StaffRow, disabled: bool) -> None:
        words = self.tr("{name} 已停用") if disabled else self.tr("{name} 可以登录了")
        self.shell.run(
            partial(self.shell.session.act, Op.CHANGE_STAFF, access.disable_staff, row.id, disabled),
            partial(self._told, words.format(name=row.name)),
            write=True,
        )

    def _told(self, words: str, _nothing: object) -> None:
        self.shell.toast(words)

    # the dialog in hand

    def _open(self, dialog: StaffDialog | ResetPasswordDialog) -> None:
        self._dialog = dialog
        dialog.closed.connect(self._closed)
        self.shell.open(dialog)

    def _closed(self, _accepted: bool) -> None:
        self._dialog = None

    def _work(self, function: Any, clash: Any = None) -> None:
        if self._dialog is not None:
            self._dialog.set_busy(True, self.tr("正在保存"))
        self.shell.run(function, self._stored, partial(self._refused, clash), write=True)

    def _stored(self, _result: object) -> None:
        if self._dialog is not None:
            self._dialog.accept()
        self.shell.toast(self.tr("已保存"))

    def _refused(self, clash: Any, error: Exception) -> None:
        if self._dialog is None:
            return
        self._dialog.set_busy(False)
        if isinstance(error, RowChanged) and clash is not None:
            clash(error)
        else:
            self._dialog.refuse(error)


def _read(session: Any) -> tuple[list[StaffRow], list[RoleRow]]:
    return session.read(access.list_staff), session.read(access.list_roles)


def _read_one(session: Any, staff_id: UUID) -> StaffRow:
    """The person as stored now. Raises NotFound when somebody took her away."""
    for row in session.read(access.list_staff):
        if row.id == staff_id:
            return row  # type: ignore[no-any-return]
    raise NotFound("这位员工")


def _values_of(row: StaffRow) -> dict[str, Any]:
    """What stands in the form for a stored person."""
    return {"name": row.name, "login": row.login, "roles": row.roles}


def _titles(row: StaffRow) -> str:
    return "、".join(row.role_titles)


def _state(row: StaffRow) -> str:
    look = _state_look(row)
    return look.text


def _state_look(row: StaffRow) -> TagLook:
    if row.disabled_at is not None:
        return TagLook("已停用", "", "ban")
    if row.must_change_password:
        return TagLook("待改密码", "warn", "key-round")
    return TagLook("在用", "ok", "user-check")


__all__ = ["OwnPasswordDialog", "StaffDialog", "StaffPage"]

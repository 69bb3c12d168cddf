"""Click in Chinese and English: commands whose help, whose mistakes and whose end are said in one voice.

`cli` declares its commands with it. The language is chosen once for a run: --lang, INNOVATION_RULES_LANG, the locale.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from contextvars import ContextVar
from functools import cached_property
from importlib import import_module
from itertools import pairwise
from types import MappingProxyType
from typing import IO, TYPE_CHECKING, Any, NamedTuple, NoReturn

import click

if TYPE_CHECKING:
    from innovation_rules.errors import Lang

__all__ = [
    "FINDINGS",
    "INTERNAL",
    "USAGE",
    "Argument",
    "Command",
    "Group",
    "Option",
    "Session",
    "Text",
    "argument",
    "fail",
    "note",
    "option",
    "session",
    "speak",
]

FINDINGS, USAGE, INTERNAL = 1, 2, 70
"""Exit statuses: something was found; the command was not understood; the fault is the library's (EX_SOFTWARE)."""
NAME = "innovation-rules"
INTERRUPTED, BROKEN_PIPE = 130, 141


class Text(NamedTuple):
    """A text of the command line in both languages (errors.Words, without what errors brings along)."""

    zh: str
    en: str


def visible(text: str) -> str:
    """See errors.visible; `errors` is read when there is something to say."""
    from innovation_rules.errors import visible as shown

    return shown(text)


def nearest(name: str, candidates: Iterable[str]) -> str | None:
    """See errors.nearest."""
    from innovation_rules.errors import nearest as found

    return found(name, candidates)


# ------------------------------------------------------------------------------------------------ the run


class Session:
    """What holds for one run: its language, whether tracebacks are wanted, and which streams take colour."""

    def __init__(self, lang: str, debug: bool) -> None:
        self._lang, self.debug = lang, debug

    @cached_property
    def lang(self) -> Lang:
        """The language that was asked for, else that of the environment."""
        from innovation_rules.errors import default_lang

        return default_lang() if self._lang not in ("zh", "en") else "zh" if self._lang == "zh" else "en"

    @classmethod
    def of(cls, args: Sequence[str]) -> Session:
        """From the words of a command line, before click has read them."""
        words = list(args[: args.index("--")]) if "--" in args else list(args)
        given = [word.partition("=")[2] for word in words if word.startswith("--lang=")]
        given += [after for word, after in pairwise(words) if word == "--lang"]
        return cls(given[-1] if given else "", "--debug" in words)

    def say(self, zh: str, en: str) -> str:
        """The text in the language of the run."""
        return zh if self.lang == "zh" else en

    def words(self, words: Text) -> str:
        """A pair of texts in the language of the run."""
        return self.say(*words)

    @property
    def color(self) -> bool:
        """Whether standard output takes colour."""
        return takes_color(sys.stdout)

    @property
    def error_color(self) -> bool:
        """Whether standard error takes colour."""
        return takes_color(sys.stderr)


def speak(lang: Lang) -> None:
    """Choose the language from here on, for what shows help without running a command."""
    _running.set(Session(lang, False))


_running: ContextVar[Session | None] = ContextVar("run", default=None)


def takes_color(stream: IO[str]) -> bool:
    """A terminal does, unless NO_COLOR (no-color.org) or TERM=dumb says otherwise; FORCE_COLOR says so of all."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return bool(os.environ.get("FORCE_COLOR")) or stream.isatty()


def session() -> Session:
    """The run that is going on."""
    return _running.get() or Session("", False)


def note(zh: str, en: str) -> None:
    """A message on standard error."""
    click.echo(session().say(zh, en), err=True)


class Refused(click.ClickException):
    """What a command can't do, said in both languages with the way out."""

    def __init__(self, statement: Text, help: Text | None = None, status: int = USAGE) -> None:
        super().__init__(statement.en)
        self.statement, self.help, self.status = statement, help, status


def fail(statement: Text, help: Text | None = None, status: int = USAGE) -> NoReturn:
    """End the command with a statement and the way out."""
    raise Refused(statement, help, status)


# ------------------------------------------------------------------------------------------ words for click

HEADINGS = {
    "usage": Text("用法", "Usage"),
    "arguments": Text("参数", "Arguments"),
    "options": Text("选项", "Options"),
    "commands": Text("命令", "Commands"),
}
METAVARS = {
    "INTEGER": "整数", "TEXT": "文字", "YEAR": "年", "DATE": "日期", "FILE": "文件", "ID": "标识", "PACK": "规则包",
    "INPUT": "数据", "[PACK]...": "[规则包]...", "PACK...": "规则包...", "FILE...": "文件...", "NAME": "名称",
    "OLD": "旧包", "NEW": "新包", "GOAL": "目标",
    "RECORD": "判定记录", "FOLDER": "文件夹", "[OPTIONS]": "[选项]", "COMMAND [ARGS]...": "命令 [参数]...",
}  # fmt: skip


def _metavar(text: str) -> str:
    return METAVARS.get(text, text) if session().lang == "zh" else text


class Option(click.Option):
    """An option with its help in both languages."""

    def __init__(self, *args: Any, says: Text, **attributes: Any) -> None:
        self.says = says
        super().__init__(*args, **attributes)

    def make_metavar(self, ctx: click.Context) -> str:
        return _metavar(super().make_metavar(ctx))

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        self.help = session().words(self.says)
        return super().get_help_record(ctx)

    def get_help_extra(self, ctx: click.Context) -> Any:
        """Nothing: `says` holds it all, in both languages."""
        return {}


class Argument(click.Argument):
    """An argument with its meaning in both languages."""

    def __init__(self, *args: Any, says: Text, **attributes: Any) -> None:
        self.says = says
        super().__init__(*args, **attributes)

    def make_metavar(self, ctx: click.Context) -> str:
        return _metavar(super().make_metavar(ctx))

    def get_help_record(self, ctx: click.Context) -> tuple[str, str]:
        return self.make_metavar(ctx), session().words(self.says)


LANG = Text(
    "用什么语言说话（默认看 INNOVATION_RULES_LANG，再看系统语言）",
    "the language to speak (default: INNOVATION_RULES_LANG, then the locale)",
)
DEBUG = Text("出错时显示程序内部的调用过程", "show the library's own traceback when something goes wrong")
HELP = Text("显示这份说明", "show this help")


def common() -> list[click.Parameter]:
    """The options that every command takes."""
    return [
        Option(["--lang"], type=click.Choice(["zh", "en"]), says=LANG, expose_value=False),
        Option(["--debug"], is_flag=True, says=DEBUG, expose_value=False),
    ]


class _Speaks(click.Command):
    """Help in both languages, laid out alike for a command and for the group."""

    summary: Text
    story: Text

    def get_short_help_str(self, limit: int = 45) -> str:
        return session().words(self.summary)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        def show(ctx: click.Context, param: click.Parameter, value: bool) -> None:
            if value and not ctx.resilient_parsing:
                click.echo(ctx.get_help())
                ctx.exit()

        return Option(
            ["-h", "--help"], is_flag=True, is_eager=True, expose_value=False, callback=show, says=HELP
        )

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        return [_metavar(piece) for piece in super().collect_usage_pieces(ctx)]

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        from innovation_rules.terminal.render import wrapped

        say, out = session(), formatter
        prefix = f"{say.words(HEADINGS['usage'])}{'：' if say.lang == 'zh' else ': '}"
        out.write(f"{prefix}{ctx.command_path} {' '.join(self.collect_usage_pieces(ctx))}\n")
        for paragraph in filter(None, (say.words(self.summary), *say.words(self.story).split("\n\n"))):
            out.write("\n")
            for line in paragraph.split("\n"):
                out.write(
                    "\n".join(wrapped(line, 78, "  ", hang="    " if line.startswith(" ") else "  ")) + "\n"
                )
        for heading, rows in self.sections(ctx):
            _rows(out, say.words(HEADINGS[heading]), rows)

    def sections(self, ctx: click.Context) -> list[tuple[str, list[tuple[str, str]]]]:
        """The lists under the text: heading, and rows of a term and its meaning."""
        parameters = self.get_params(ctx)
        arguments = [one.get_help_record(ctx) for one in parameters if isinstance(one, Argument)]
        options = [
            record for one in parameters if isinstance(one, Option) and (record := one.get_help_record(ctx))
        ]
        return [("arguments", arguments), ("options", options)]


def _rows(out: click.HelpFormatter, heading: str, rows: Sequence[tuple[str, str]]) -> None:
    from innovation_rules.errors import width
    from innovation_rules.terminal.render import wrapped

    if not rows:
        return
    indent = min(max(width(term) for term, _ in rows) + 4, 30)
    out.write(f"\n{heading}\n")
    for term, meaning in rows:
        first, *rest = wrapped(meaning, 78 - indent) or [""]
        gap = indent - 2 - width(term)
        out.write(f"  {term}" + (" " * gap if gap > 1 else "\n" + " " * indent) + f"{first}\n")
        for line in rest:
            out.write(f"{' ' * indent}{line}\n")


class Later(NamedTuple):
    """A parameter that is made when its command is asked for: sixty of them would slow every start."""

    make: Callable[..., click.Parameter]
    names: list[str]
    attributes: dict[str, Any]


def option(names: list[str], **attributes: Any) -> Later:
    """An Option, later."""
    return Later(Option, names, attributes)


def argument(names: list[str], **attributes: Any) -> Later:
    """An Argument, later."""
    return Later(Argument, names, attributes)


class Command(_Speaks):
    """One command: `summary` in a line, `story` in paragraphs."""

    def __init__(
        self, name: str, callback: Callable[..., Any], parameters: Sequence[Later], summary: Text, story: Text
    ) -> None:
        self.summary, self.story, self._later = summary, story, parameters
        super().__init__(name, callback=callback)

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        if not self.params:
            self.params = [*(one.make(one.names, **one.attributes) for one in self._later), *common()]
        return super().get_params(ctx)


class Group(_Speaks, click.Group):
    """The commands together; `main` ends every run with a plain line, never a traceback.

    `later` names commands whose module is imported when they are asked for: name -> module.
    """

    def __init__(
        self,
        *args: Any,
        summary: Text,
        story: Text,
        later: Mapping[str, str] = MappingProxyType({}),
        **attributes: Any,
    ) -> None:
        self.summary, self.story, self.later = summary, story, later
        super().__init__(*args, **attributes)
        self.params += common()

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        self._load(cmd_name)
        return super().get_command(ctx, cmd_name)

    def every_command(self) -> Mapping[str, click.Command]:
        """All commands by name, those of `later` too."""
        for name in self.later:
            self._load(name)
        return self.commands

    def _load(self, name: str) -> None:
        """Import the module that registers a command."""
        if name not in self.commands and name in self.later:
            import_module(self.later[name])

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        return [_metavar(piece) for piece in ("[OPTIONS]", "COMMAND [ARGS]...")]

    def sections(self, ctx: click.Context) -> list[tuple[str, list[tuple[str, str]]]]:
        rows = [(name, one.get_short_help_str()) for name, one in self.every_command().items()]
        return [("commands", rows), *super().sections(ctx)[1:]]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Said in `sections`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.every_command())

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        names = dict.fromkeys((*self.commands, *self.later))
        if name in names or name.startswith("-"):
            return super().resolve_command(ctx, args)
        near = nearest(name, names)
        listed = "、".join(names), ", ".join(names)
        fail(
            Text(f"没有 `{visible(name)}` 这个命令", f"there is no command `{visible(name)}`"),
            Text(f"最接近的是 `{near}`", f"the nearest is `{near}`")
            if near
            else Text(f"有这些：{listed[0]}", f"there are: {listed[1]}"),
        )

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Run the command line and end the process with its status."""
        words = list(sys.argv[1:] if args is None else args)
        run = Session.of(words)
        _running.set(run)
        for stream in (sys.stdout, sys.stderr):
            with suppress(AttributeError, ValueError):
                stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
        sys.exit(
            _ended(
                run,
                lambda: super(Group, self).main(
                    words, prog_name or NAME, complete_var, False, obj=run, **extra
                ),
            )
        )


def _ended(run: Session, body: Callable[[], Any]) -> int:
    """The status that a run ends with; whatever ended it is said in the run's language."""
    from innovation_rules.errors import InnovationRulesError

    try:
        done = body()
        sys.stdout.flush()
        return done if isinstance(done, int) else 0
    except (KeyboardInterrupt, click.Abort):
        return INTERRUPTED
    except BrokenPipeError:
        return _silenced()
    except InnovationRulesError as error:
        if run.debug:
            raise
        return _complain(run, error)
    except click.ClickException as error:
        if _wants_help(error):
            click.echo(error.ctx.get_help(), err=True)  # type: ignore[attr-defined]
            return USAGE
        _tell(run, *_said(run, error))
        return error.status if isinstance(error, Refused) else error.exit_code
    except OSError as error:
        if run.debug:
            raise
        _tell(run, _os_error(run, error), "")
        return USAGE
    except Exception as error:  # the last wall before a person
        if run.debug:
            raise
        _tell(run, *_internal(run, error))
        return INTERNAL


def _wants_help(error: click.ClickException) -> bool:
    """No command was given at all."""
    if not isinstance(error, click.UsageError) or error.ctx is None:
        return False
    return isinstance(error, click.exceptions.NoArgsIsHelpError) or error.message == "Missing command."


def _silenced() -> int:
    """The reader of our output went away: nothing is left to say, not even at interpreter exit."""
    with suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return BROKEN_PIPE if hasattr(signal, "SIGPIPE") else FINDINGS


COMMAND_LINE_CODES = frozenset(
    (
        "no-such-file", "is-a-directory", "not-a-regular-file", "unreadable-file", "no-such-pack",
        "unknown-engine", "engine-absent", "goal-form", "goal-unknown", "goal-no-coverage",
    )
)  # fmt: skip
"""Diagnostics that speak of the command line's own words when they have no place in a file."""


def _complain(run: Session, error: Any) -> int:
    from innovation_rules.errors import render_all

    found = error.diagnostics
    click.echo(render_all(found, getattr(error, "sources", None), run.lang, run.error_color), err=True)
    plain = all(one.place is None and one.code in COMMAND_LINE_CODES for one in found)
    return USAGE if plain else FINDINGS


def _tell(run: Session, statement: str, help: str) -> None:
    colon = "：" if run.lang == "zh" else ": "
    head = run.say("错误", "error")
    head = f"\x1b[1;31m{head}\x1b[0m" if run.error_color else head
    click.echo(f"{head}{colon}{statement}", err=True, color=True)
    for line in filter(None, help.split("\n")):
        click.echo(f"  = {run.say('帮助', 'help')}{colon}{line}", err=True)


def _os_error(run: Session, error: OSError) -> str:
    name = visible(str(error.filename or ""))
    reason = error.strerror or type(error).__name__
    return run.say(f"不能使用 `{name}`（{reason}）", f"`{name}` can't be used ({reason})")


def _internal(run: Session, error: Exception) -> tuple[str, str]:
    what = visible(f"{type(error).__name__}: {error}")[:200]
    return (
        run.say(f"程序内部出错（{what}）", f"the library itself failed ({what})"),
        run.say(
            "这是本库的缺陷，数据没有错；加上 --debug 再运行一次，把输出交给本库的维护者",
            "it is a fault of the library, not of the data; run it again with --debug and hand what it prints "
            "to those who maintain it",
        ),
    )


# ------------------------------------------------------------------------------------- click's own mistakes


def _said(run: Session, error: click.ClickException) -> tuple[str, str]:
    """A click exception as a statement and its help, in the run's language."""
    if isinstance(error, Refused):
        return run.words(error.statement), run.words(error.help) if error.help else ""
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "innovation-rules"
    more = run.say(f"`{path} --help` 列出用法", f"`{path} --help` shows how to use it")
    match error:
        case click.NoSuchOption():
            near = nearest(error.option_name, _options(context))
            statement = run.say(
                f"没有 `{visible(error.option_name)}` 这个选项",
                f"there is no option `{visible(error.option_name)}`",
            )
            return statement, run.say(f"最接近的是 `{near}`", f"the nearest is `{near}`") if near else more
        case click.MissingParameter():
            return _missing(run, error, context), more
        case click.BadOptionUsage():
            name = visible(error.option_name)
            return run.say(
                f"选项 `{name}` 缺少值，或不带值", f"the option `{name}` lacks a value, or takes none"
            ), more
        case click.BadParameter():
            return _bad_value(run, error, context), more
        case click.UsageError() if "unexpected extra" in error.message:
            extra = visible(error.message.partition("(")[2].rstrip(")"))
            return run.say(f"多出了参数：{extra}", f"there is more than the command takes: {extra}"), more
    return visible(error.format_message()), more


def _options(context: click.Context | None) -> list[str]:
    parameters = context.command.get_params(context) if context else []
    return [
        name for one in parameters if isinstance(one, click.Option) for name in one.opts if name[:2] == "--"
    ]


def _name(error: click.BadParameter, context: click.Context | None) -> str:
    parameter = error.param
    if isinstance(parameter, click.Option):
        return parameter.opts[-1]
    return parameter.make_metavar(context).strip("[].") if parameter and context else ""


def _missing(run: Session, error: click.MissingParameter, context: click.Context | None) -> str:
    name = _name(error, context)
    return run.say(f"缺少 {name}", f"{name} is missing")


def _bad_value(run: Session, error: click.BadParameter, context: click.Context | None) -> str:
    name, parameter = _name(error, context), error.param
    if parameter is not None and isinstance(parameter.type, click.Choice):
        choices = list(map(str, parameter.type.choices))
        return run.say(f"{name} 只能是 {'、'.join(choices)}", f"{name} takes one of {', '.join(choices)}")
    if parameter is not None and isinstance(parameter.type, click.IntRange):
        low, high = parameter.type.min, parameter.type.max
        zh, en = f"{name} 要一个整数，从 {low} 到 {high}", f"{name} takes a whole number from {low} to {high}"
        if low is not None and high is not None:
            return run.say(zh, en) + _given(error)
    if parameter is not None and isinstance(parameter.type, click.types.IntParamType):
        return run.say(f"{name} 要一个整数", f"{name} takes a whole number") + _given(error)
    return run.say(f"{name}：{visible(error.message)}", f"{name}: {visible(error.message)}")


def _given(error: click.BadParameter) -> str:
    quoted = error.message.split("'")
    return f"（`{visible(quoted[1])}`）" if len(quoted) > 2 and session().lang == "zh" else ""

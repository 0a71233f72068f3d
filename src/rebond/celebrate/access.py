"""The only way from what a person typed to wins, praise, walls, recordings and contests.

Absent and forbidden look the same.

What may be seen of a win follows from what the people who won it want: no role sees more of it than they let.
"""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from rebond.accounts.models import Role, Team, User
from rebond.base.errors import NotAllowed, NotFound, RebondError
from rebond.celebrate.models import (
    ConsentPurpose,
    Contest,
    Given,
    Lesson,
    Mark,
    Nomination,
    Praise,
    PraiseStatus,
    Recording,
    Treat,
    Voice,
    Wall,
    Win,
    WinPart,
)
from rebond.celebrate.queries import contests as contests_seen
from rebond.celebrate.queries.consents import agreed, with_sound
from rebond.celebrate.queries.lessons import visible as visible_lessons
from rebond.celebrate.queries.recordings import heard_by, may_manage, recordings_for
from rebond.celebrate.queries.walls import teams_for_walls, walls_for
from rebond.celebrate.telling import people_of, wish_of
from rebond.celebrate.visibility import circle_of, reaches


def get_win(user: User, pk: int, *, to_write: bool = False) -> Win:
    """A win that ``user`` may hear of. Its people write, and who leads their team as far as they may see it.

    Raises:
        NotFound: there is none, it was withdrawn, or its people keep it from ``user``.
        NotAllowed: visible, but somebody else's to change.
    """
    win = Win.objects.select_related("deal__company", "owner", "team").filter(pk=pk, withdrawn_at=None).first()
    if win is None:
        raise NotFound
    people = people_of(win)
    mine = user in people
    if not mine and not reaches(wish_of(win, people), circle_of(user, win.team_id)):
        raise NotFound
    if to_write and not may_name_parts(user, win, mine=mine):
        raise NotAllowed
    return win


def get_part(user: User, win: int, of: int) -> WinPart:
    """Somebody's part in a win that ``user`` may write, themselves or another's (``get_win``)."""
    part = get_win(user, win, to_write=True).parts.select_related("win", "user").filter(user=of).first()
    if part is None:
        raise NotFound
    return part


def may_name_parts(user: User, win: Win, *, mine: bool) -> bool:
    """Whether somebody who may hear of it says who had a part in it: its people, who leads its team, administrators."""
    near = user.team_id is not None and user.team_id == win.team_id
    return mine or user.is_admin or (user.is_lead and near)


def get_colleague(user: User, pk: int) -> User:
    """One of ``colleagues_of``."""
    colleague = colleagues_of(user).filter(pk=pk).first()
    if colleague is None:
        raise NotFound
    return colleague


def colleagues_of(user: User) -> QuerySet[User]:
    """Everybody of one's own team, oneself among them, by name; for an administrator everybody here."""
    found = User.objects.filter(is_active=True).select_related("team").order_by("name", "pk")
    if user.is_admin:
        return found
    return found.filter(team=user.team_id) if user.team_id else found.none()


def get_lesson(user: User, pk: int, *, to_write: bool = False) -> Lesson:
    """A lesson of one's team or of everybody; its author writes, and who leads them."""
    lesson = visible_lessons(user).filter(pk=pk).first()
    if lesson is None:
        raise NotFound
    of_mine = lesson.author is not None and user.team_id is not None and lesson.author.team_id == user.team_id
    if to_write and lesson.author_id != user.pk and not (user.is_admin or (user.is_lead and of_mine)):
        raise NotAllowed
    return lesson


def require_lead(user: User) -> None:
    """Rewards are given, and contests made, by who leads."""
    if not user.is_lead:
        raise NotAllowed


def get_treat(user: User, pk: int) -> Treat:
    """One of the catalogue, for who leads."""
    require_lead(user)
    treat = Treat.objects.filter(pk=pk).first()
    if treat is None:
        raise NotFound
    return treat


def get_given(user: User, pk: int) -> Given:
    """A reward that was given: one's own is seen; who leads the team handles it, an administrator all but their own."""
    given = Given.objects.select_related("treat", "user").filter(pk=pk).first()
    if given is None:
        raise NotFound
    if given.user_id == user.pk:
        raise NotAllowed
    if not user.is_lead or not (user.is_admin or (user.team_id is not None and given.team_id == user.team_id)):
        raise NotFound
    return given


def get_recording(
    user: User, pk: int, purpose: str = ConsentPurpose.COACHING, *, to_write: bool = False, to_hear: bool = False
) -> Recording:
    """A recording, for one purpose. For the contest and the library everybody heard in it must have agreed to just
    that; then anybody here hears it in the library, and in a contest whoever hears it there (its circle once it is on
    the short list, before that who looks at it). For coaching its page opens for more people than may hear it
    (``to_hear``).

    Raises:
        NotFound: there is none, or its voices did not agree to ``purpose``, or it is another team's, or in no contest.
        NotAllowed: visible, but not this person's to change, or not to be heard yet.
    """
    if ConsentPurpose(purpose) == ConsentPurpose.COACHING:
        found = recordings_for(user).filter(pk=pk).first()
    else:
        given = Recording.objects.filter(with_sound() & agreed(purpose), pk=pk)
        found = given.select_related("owner", "team", "deal").first()
    if found is None or (purpose == ConsentPurpose.CONTEST and not contests_seen.in_contest(user, found)):
        raise NotFound
    if to_write and not may_manage(user, found):
        raise NotAllowed
    if to_hear and purpose == ConsentPurpose.COACHING and not Recording.objects.filter(heard_by(user), pk=pk).exists():
        raise NotAllowed
    return found


def get_voice(user: User, pk: int) -> Voice:
    """Somebody heard in a recording one may open; each colleague says for themselves, others' word is noted by who
    uploaded it or leads (``NotAllowed``)."""
    found = Voice.objects.select_related("recording__owner", "user", "person")
    voice = found.filter(pk=pk, recording__in=recordings_for(user)).first()
    if voice is None:
        raise NotFound
    if voice.user_id != user.pk and (voice.user_id is not None or not may_manage(user, voice.recording)):
        raise NotAllowed
    return voice


def get_mark(user: User, pk: int) -> Mark:
    """A note or clip of a recording one may open; one's own to drop, or who uploaded the recording, or leads."""
    found = Mark.objects.select_related("recording").filter(pk=pk, recording__in=recordings_for(user)).first()
    if found is None:
        raise NotFound
    if found.by_id != user.pk and not may_manage(user, found.recording):
        raise NotAllowed
    return found


def get_wall(user: User, pk: int) -> Wall:
    """A wall that hangs, which ``user`` looks after."""
    wall = walls_for(user).filter(pk=pk).first()
    if wall is None:
        raise NotFound
    return wall


def get_wall_team(user: User, typed: str) -> Team | None:
    """The team a wall is put up for, ``None`` for ``everybody``; a manager names their own.

    Raises:
        NotFound: another team, none at all, or nonsense.
        NotAllowed: a seller.
    """
    if not user.is_lead:
        raise NotAllowed
    if typed == "everybody":
        return None
    known = typed.isascii() and typed.isdigit() and len(typed) < 19
    team = teams_for_walls(user).filter(pk=int(typed)).first() if known else None
    if team is None:
        raise NotFound
    return team


def get_praise(user: User, win: int) -> Praise:
    """The task of writing about a win, for whoever leads the team it was won in, never about themselves.

    Raises:
        NotFound: no such win that ``user`` may hear of, or nothing to write about it.
        NotAllowed: somebody else's to write.
    """
    found = get_win(user, win)
    praise = Praise.objects.select_related("win__deal__company", "win__owner", "leader").filter(win=found).first()
    if praise is None:
        raise NotFound
    leads = user.role == Role.MANAGER and user.team_id is not None and user.team_id == found.team_id
    if not leads or user.pk == found.owner_id:
        raise NotAllowed
    return praise


def get_echoed(user: User, about: str) -> tuple[str, str]:
    """What somebody got and may say of whether it did them good: its name (``praise:3``, ``given:4``) and its form."""
    kind, _colon, pk = about.partition(":")
    if not (pk.isascii() and pk.isdigit() and len(pk) < 19):
        raise NotFound
    form = None
    if kind == "praise":
        said = Praise.objects.filter(pk=int(pk), win__owner=user, status=PraiseStatus.SENT)
        form = said.values_list("form", flat=True).first()
    elif kind == "given":
        given = Given.objects.filter(pk=int(pk), user=user, taken_back_at=None)
        form = given.values_list("treat__kind", flat=True).first()
    if not form:
        raise NotFound
    return f"{kind}:{int(pk)}", form


def get_contest(user: User | None, pk: int, *, to_organise: bool = False) -> Contest:
    """A contest of one's team or of everybody; its organiser moves it, and who leads. Nobody: the program."""
    contest = contests_seen.visible(user).filter(pk=pk).first()
    if contest is None:
        raise NotFound
    if to_organise and not contests_seen.organises(user, contest):
        raise NotAllowed
    return contest


def get_circle(user: User, *, everybody: bool) -> Team | None:
    """For whom somebody who leads makes a contest: their team; everybody (``None``), by an administrator.

    Raises:
        NotAllowed: a seller; everybody, by who leads one team.
        RebondError: ``team_missing``.
    """
    require_lead(user)
    if everybody:
        if not user.is_admin:
            raise NotAllowed
        return None
    if user.team is None:
        raise RebondError(
            _("You are in no team. Nothing was made. Make the contest for everybody."), code="team_missing"
        )
    return user.team


def get_nomination(user: User | None, pk: int, *, to_organise: bool = False) -> Nomination:
    """A call in a contest, as far as one may see it there: see ``queries.contests.nominations_seen``."""
    known = Nomination.objects.filter(pk=pk).values_list("contest_id", flat=True).first()
    contest = get_contest(user, known or 0)
    found = contests_seen.nominations_seen(user, contest).filter(pk=pk).first()
    if found is None:
        raise NotFound
    if to_organise and not contests_seen.organises(user, contest):
        raise NotAllowed
    return found

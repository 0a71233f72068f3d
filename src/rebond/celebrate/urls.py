"""Addresses of practice 6: wins and praise, preferences, wallboards, recorded calls, the call of the month, rewards."""

from __future__ import annotations

from django.urls import path

from rebond.celebrate.views import calls, contests, lessons, mine, praise, preferences, rewards, uploads, walls, wins

app_name = "celebrate"
urlpatterns = [
    # Wins and the bell
    path("wins", wins.wins, name="wins"),
    path("wins/ring", wins.ring, name="ring"),
    path("wins/<int:pk>", wins.win, name="win"),
    path("wins/<int:pk>/cheer", wins.cheer, name="cheer"),
    path("wins/<int:pk>/parts", wins.parts, name="parts"),
    path("wins/mine", mine.mine, name="mine"),
    # The leader's message
    path("wins/praise", praise.due, name="praise"),
    path("wins/<int:pk>/praise", praise.write, name="write_praise"),
    path("wins/<int:pk>/praise/leave", praise.leave, name="leave_praise"),
    path("wins/echo", praise.echo, name="echo"),
    # What each person wants
    path("praise", preferences.mine, name="preferences"),
    path("praise/later", preferences.later, name="later"),
    # Wallboards
    path("wall", walls.wall, name="wall"),
    path("wall/pair", walls.pair, name="pair"),
    path("wall/data", walls.data, name="wall_data"),
    path("wall/ticket", walls.wall_ticket, name="wall_ticket"),
    path("wins/walls", walls.walls, name="walls"),
    path("wins/walls/<int:pk>/end", walls.end, name="end_wall"),
    # Recorded calls
    path("calls", calls.calls, name="calls"),
    path("calls/new", uploads.new, name="new_call"),
    path("calls/<int:pk>/upload", uploads.upload, name="upload"),
    path("calls/<int:pk>", calls.call, name="call"),
    path("calls/<int:pk>/sound", calls.sound, name="sound"),
    path("calls/<int:pk>/peaks", calls.peaks, name="peaks"),
    path("calls/<int:pk>/marks", calls.add_mark, name="add_mark"),
    path("calls/marks/<int:pk>/drop", calls.drop_mark, name="drop_mark"),
    path("calls/<int:pk>/voices", calls.voices, name="voices"),
    path("calls/voices/<int:pk>/consent", calls.consent, name="consent"),
    path("calls/voices/<int:pk>/withdraw", calls.withdraw, name="withdraw"),
    path("calls/<int:pk>/hold", calls.hold, name="hold"),
    path("calls/<int:pk>/remove", calls.remove, name="remove"),
    # Lessons
    path("calls/lessons", lessons.lessons, name="lessons"),
    path("calls/lessons/new", lessons.new_lesson, name="new_lesson"),
    path("calls/lessons/<int:pk>", lessons.lesson, name="lesson"),
    path("calls/lessons/<int:pk>/cheer", lessons.cheer, name="cheer_lesson"),
    path("calls/lessons/<int:pk>/retire", lessons.retire, name="retire_lesson"),
    path("calls/hall", lessons.hall, name="hall"),
    # The call of the month
    path("contest", contests.current, name="contest"),
    path("contest/new", contests.new, name="new_contest"),
    path("contest/<int:pk>", contests.contest, name="one_contest"),
    path("contest/<int:pk>/move", contests.move, name="move_contest"),
    path("contest/<int:pk>/nominate", contests.nominate, name="nominate"),
    path("contest/<int:pk>/vote", contests.vote, name="vote"),
    path("contest/<int:pk>/audit", contests.audit, name="audit"),
    path("contest/nominations/<int:pk>/answer", contests.answer, name="answer"),
    path("contest/nominations/<int:pk>/score", contests.score, name="score"),
    path("contest/nominations/<int:pk>/review", contests.review, name="review"),
    path("contest/nominations/<int:pk>/heard", contests.heard, name="heard"),
    # Rewards
    path("wins/rewards", rewards.rewards, name="rewards"),
    path("wins/rewards/treats", rewards.treats, name="treats"),
    path("wins/rewards/treats/<int:pk>/retire", rewards.retire, name="retire_treat"),
    path("wins/rewards/budget", rewards.budget, name="budget"),
    path("wins/rewards/give", rewards.give, name="give"),
    path("wins/rewards/<int:pk>/handed", rewards.handed, name="handed"),
    path("wins/rewards/<int:pk>/take-back", rewards.take_back, name="take_back"),
]

"""Addresses of practice 1: debriefs, actions and tests, reasons, asking buyers, the reveal, Patterns."""

from __future__ import annotations

from django.urls import path

from rebond.learn.views import debriefs, feedback, patterns, promises, reasons, reveal, survey

app_name = "learn"
urlpatterns = [
    path("debriefs", debriefs.debriefs, name="list"),
    path("debriefs/<int:pk>", debriefs.debrief, name="debrief"),
    path("debriefs/<int:pk>/<int:number>", debriefs.question, name="question"),
    path("debriefs/<int:pk>/reasons", debriefs.reasons, name="reasons"),
    path("debriefs/<int:pk>/lessons", debriefs.lessons, name="lessons"),
    path("debriefs/<int:pk>/snooze", debriefs.snooze, name="snooze"),
    path("actions", promises.actions_list, name="actions"),
    path("actions/new", promises.new_action, name="new_action"),
    path("actions/<int:pk>/done", promises.action_done, name="action_done"),
    path("actions/<int:pk>/drop", promises.action_drop, name="action_drop"),
    path("actions/<int:pk>/reopen", promises.action_reopen, name="action_reopen"),
    path("actions/<int:pk>/move", promises.action_move, name="action_move"),
    path("tests", promises.tests, name="tests"),
    path("tests/new", promises.new_test, name="new_test"),
    path("tests/<int:pk>", promises.test, name="test"),
    path("tests/<int:pk>/stop", promises.stop_test, name="stop_test"),
    path("reasons", reasons.reasons, name="taxonomy"),
    path("reasons/change", reasons.change, name="change_taxonomy"),
    path("reasons/phrases", reasons.phrases, name="phrases"),
    path("reasons/phrases/<int:pk>", reasons.confirm, name="confirm"),
    path("feedback", feedback.feedback, name="feedback"),
    path("feedback/programme", feedback.programme, name="programme"),
    path("feedback/answers", feedback.answers, name="answers"),
    path("feedback/answers/<int:pk>", feedback.answer, name="answer"),
    path("feedback/<int:pk>", feedback.invitation, name="invitation"),
    path("feedback/<int:pk>/exclude", feedback.exclude, name="exclude"),
    path("reveals", reveal.reveals, name="reveals"),
    path("reveals/<int:pk>", reveal.reveal, name="reveal"),
    path("patterns", patterns.patterns, name="patterns"),
    path("patterns/deals", patterns.opened, name="opened"),
    path("patterns/digest", patterns.digest, name="digest"),
    path("patterns/<slug:name>", patterns.block, name="block"),
    path("s/<str:token>", survey.survey, name="survey"),
    path("s/<str:token>/<int:number>", survey.step, name="survey_step"),
    path("s/<str:token>/done", survey.done, name="survey_done"),
    path("s/<str:token>/stop", survey.stop, name="survey_stop"),
]

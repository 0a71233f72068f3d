"""Addresses of practice 2: advocates and asks, referrals, the programme, rewards; and the advocate's own page."""

from __future__ import annotations

from django.urls import path

from rebond.refer.views import advocates, asks, own_page, people, programme, referrals, rewards

app_name = "refer"
urlpatterns = [
    # The screen, and its funnel
    path("advocates", advocates.advocates, name="advocates"),
    path("advocates/funnel", advocates.funnel, name="funnel"),
    # Asks
    path("advocates/asks/new", asks.new_ask, name="new_ask"),
    path("advocates/asks/<int:pk>", asks.ask, name="ask"),
    path("advocates/asks/<int:pk>/asked", asks.asked, name="asked"),
    path("advocates/asks/<int:pk>/named", asks.named, name="named"),
    path("advocates/asks/<int:pk>/send", asks.send, name="send_ask"),
    path("advocates/asks/<int:pk>/take-back", asks.take_back, name="take_back"),
    path("advocates/asks/<int:pk>/pass", asks.pass_on, name="pass"),
    # Advocates
    path("advocates/people/<int:pk>", people.advocate, name="advocate"),
    path("advocates/people/<int:pk>/named", people.named, name="advocate_named"),
    path("advocates/people/<int:pk>/link", people.link, name="link"),
    path("advocates/people/<int:pk>/permission", people.permission, name="permission"),
    path("advocates/people/<int:pk>/payee", people.payee, name="payee"),
    # Referrals
    path("advocates/referrals/<int:pk>", referrals.referral, name="referral"),
    path("advocates/referrals/<int:pk>/move", referrals.move, name="move"),
    path("advocates/referrals/<int:pk>/details", referrals.details, name="details"),
    path("advocates/referrals/<int:pk>/introduce", referrals.introduce, name="introduce"),
    path("advocates/referrals/<int:pk>/deal", referrals.deal, name="deal"),
    path("advocates/referrals/<int:pk>/payment", referrals.payment, name="payment"),
    path("advocates/referrals/<int:pk>/refund", referrals.refund, name="refund"),
    path("advocates/referrals/<int:pk>/thank", referrals.thank, name="thank"),
    path("advocates/flags/<int:pk>/settle", referrals.settle_flag, name="settle_flag"),
    # The programme
    path("advocates/programme", programme.programme, name="programme"),
    path("advocates/programme/publish", programme.publish, name="publish"),
    path("advocates/programme/thresholds", programme.thresholds, name="thresholds"),
    # Rewards
    path("advocates/rewards", rewards.rewards, name="rewards"),
    path("advocates/rewards/<int:pk>/approve", rewards.approve, name="approve"),
    path("advocates/rewards/<int:pk>/forfeit", rewards.forfeit, name="forfeit"),
    path("advocates/rewards/<int:pk>/proof", rewards.proof, name="proof"),
    path("advocates/rewards/run", rewards.run, name="run"),
    path("advocates/rewards/write-off/<int:pk>", rewards.write_off, name="write_off"),
    path("advocates/rewards/export", rewards.export, name="export"),
    # The advocate's own page: the link is the key
    path("i/<str:token>", own_page.page, name="own_page"),
    path("i/<str:token>/introduce", own_page.introduce, name="own_introduce"),
    path("i/<str:token>/reward", own_page.reward, name="own_reward"),
    path("i/<str:token>/payee", own_page.payee, name="own_payee"),
    path("i/<str:token>/statement", own_page.statement, name="own_statement"),
    path("i/<str:token>/stop", own_page.stop, name="own_stop"),
]

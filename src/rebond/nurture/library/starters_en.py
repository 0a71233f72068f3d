"""The starter pieces in English: key to title, summary, text."""

from __future__ import annotations

ENGLISH: dict[str, tuple[str, str, str]] = {
    "checklist": (
        "Ten questions that settle a decision",
        "A checklist for one hour with everybody who has a say. It works whoever you choose, us or nobody.",
        """\
Ten questions that settle a decision

Take an hour with everybody who has a say. Write the answers down; a missing answer is an answer too.

1. What hurts today, in one sentence? Who feels it, and how often?
2. What happens if nothing changes for a year?
3. How will we know in six months that it was worth it? Name one figure and what it is today.
4. Who uses it every day? Have they seen it?
5. Who pays, out of which budget, and when does it open?
6. Who could stop it late (IT, legal, purchasing, works council)? What do they need to see, and by when?
7. What is the smallest step that would teach us something?
8. What must not go wrong? What would we do if it did?
9. Which alternatives are real, doing nothing included? What speaks for each?
10. Who decides, on which day, in which meeting?

If three or more stay open, do not decide yet: give each question a name and a day, and meet again.
""",
    ),
    "waiting": (
        "What another year as it is would cost",
        "A sum of five lines with your own figures. Sometimes it shows that waiting is right.",
        """\
What another year as it is would cost

Five lines, your own figures, no consultant.

1. Hours a week that the problem takes ____ × cost of an hour ____ × 46 weeks = ____
2. Things that go wrong in a year ____ × what one costs ____ = ____
3. What you pay for workarounds (tools, overtime, outside help) = ____
4. What you would have gained with it, at a cautious guess = ____
5. Sum of 1 to 4: a year of waiting = ____

Now the other side: what a change costs in the first year, your own time included ____

If line 5 is smaller, waiting is right, and you can stop thinking about it until something changes.
If it is larger, the difference divided by 12 is what each month of waiting costs.

Two traps: do not count the same hour twice, and do not count hours nobody would use for something else.
""",
    ),
    "business_case": (
        "A business case on one page",
        "To fill in for whoever signs: what it costs, what it brings, what could go wrong.",
        """\
A business case on one page

The problem. Who has it, how often, what it costs today (a figure and where it comes from).

What we propose. One sentence. What is not part of it, in another.

What it costs
  first year: price ____ + our own time ____ days + training ____ + what we did not think of (add 15%) ____
  each year after: ____

What it brings
  cautious ____ likely ____ if everything goes well ____ (say what each rests on)

When it has paid for itself: ____ months at the cautious figure.

What could go wrong, and what we would do then
  1. ____
  2. ____

What we do if the answer is no: ____ (there is always something)

Decision needed by ____ because ____.
Figures checked with ____ in finance on ____.
""",
    ),
    "questions": (
        "Twelve questions to ask any supplier, us included",
        "For a renewal or a comparison. Ask everybody the same and write the answers side by side.",
        """\
Twelve questions to ask any supplier, us included

Ask everybody the same twelve and put the answers side by side.

What it does
1. Which of our five most important cases do you solve today, which on a plan, which not at all?
2. May we try one of them with our own data, alone in the room?

What it costs
3. What do we pay in three years, everything included: set-up, training, support, changes?
4. What makes the price rise, and by how much did it rise for customers in the last three years?
5. What is not in the offer that customers like us usually need?

How it is to live with
6. Who answers when something breaks, how fast, in which language? May we see last year’s figures?
7. Which two customers of our size may we call, and one who left?
8. What do people complain about most?

How it ends
9. How do we get our data out, in which format, at what cost?
10. What is the notice period, and does it renew by itself?
11. Where is the data, and who may see it?
12. For whom are you the wrong choice?

The last one tells the most.
""",
    ),
    "smaller_start": (
        "A smaller start in three steps",
        "How to begin with one team and one case, so that every step can be undone.",
        """\
A smaller start in three steps

For when the whole is too much at once. Each step ends with a decision, and each can be undone.

Step 1: one case, two weeks
  Choose one thing that hurts weekly and that three people do. Write down how long it takes today.
  Let the three do it the new way beside the old one. Nothing else changes.
  Decide: did it get better by an amount that matters? If not, stop here; it cost two weeks.

Step 2: one team, two months
  The team works the new way; the old way stays open as a way back.
  One person, with time for it, answers questions. Write down every question: it is your training.
  Decide: would the team go back if it could? Ask them, one by one.

Step 3: everybody, or not
  Bring in those who could still say no (IT, legal, purchasing) with what you learned.
  Close the old way on a day everybody knows two weeks before.

What not to do: begin with the hardest case, or in the busiest month.
""",
    ),
    "summary": (
        "Where we stood: a note for whoever takes over",
        "What was looked at, what was decided and what stayed open, on one page for a new person in charge.",
        """\
Where we stood: a note for whoever takes over

For: ____ (new in charge) From: ____ Date: ____

Why we began talking: ____ (in your colleagues’ words)

What was looked at
  when ____, with whom ____, what ____
  when ____, with whom ____, what ____

What was found
  what fits: ____
  what does not, or was not clear: ____

What was decided, and why: ____

What stayed open
  1. ____
  2. ____

Papers that exist: ____ (ask, and you have them the same day)

Nothing is expected of you. If it is not a subject for you, a line is enough and we stop here.
""",
    ),
}

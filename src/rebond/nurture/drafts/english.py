"""The built-in notes in English: key to wordings, each a subject and a body. Short, warm, no advertising."""

from __future__ import annotations

Wordings = tuple[tuple[str, str], ...]

_END = "\n\n{seller_first}"
_OFFER = "[[Something that may help: “{piece_title}”. {piece_summary}\n{piece_link}]]"

ENGLISH: dict[str, Wordings] = {
    "check_in": (
        (
            "How are things going?",
            "{hello}\n\n[[We spoke {since} about {deal}.]] I do not want to sell you anything today, only to "
            "hear how things are going[[ at {company}]].\n\n"
            + _OFFER
            + "\n\nIf nothing has changed, no need to answer."
            + _END,
        ),
        (
            "A thought, and a question",
            "{hello}\n\n[[I was thinking of {company} this week.]] What takes most of your time at the "
            "moment? [[Is {deal} still on the table, or has something else taken its place?]]\n\n"
            + _OFFER
            + "\n\nA line is plenty."
            + _END,
        ),
        (
            "Still of use?",
            "{hello}\n\n[[It has been a while: {since} you told me where you stood.]] Has anything moved "
            "since, on your side?\n\n"
            + _OFFER
            + "\n\nIf the subject is closed for you, tell me and I will leave you in peace."
            + _END,
        ),
    ),
    "date_reached": (
        (
            "You mentioned a date",
            "{hello}\n\n[[You told me that {date_words} {date}, and I kept it in mind.]] [[Your words were: "
            "“{said}”.]]\n\nHow do things stand today? Fifteen minutes would be enough to see what makes "
            "sense, and what does not.\n\n"
            + _OFFER
            + _END,
        ),
        (
            "As agreed, a word from me",
            "{hello}\n\n[[We agreed {since} that I would come back when the time was near.]] Here I am again. "
            "[[As you said, {date_words} {date}.]]\n\nWhat would help you most now: figures, an example, or "
            "simply to be asked again later?\n\n"
            + _OFFER
            + _END,
        ),
    ),
    "no_decision": (
        (
            "Where does it stand?",
            "{hello}\n\n[[When we spoke {since}, nothing was decided about {deal}. That is often a good "
            "decision.]] I wonder whether what you wanted to solve has gone away, or still costs you "
            "time.\n\n"
            + _OFFER
            + "\n\nIf it has gone, I am glad to hear it."
            + _END,
        ),
        (
            "One thing that helps to decide",
            "{hello}\n\nMost of the companies I speak with do not lack an offer; they lack an hour together. "
            "[[I do not know whether that is so at {company}.]]\n\n"
            + _OFFER
            + "\n\nWhat is the one question nobody has answered yet?"
            + _END,
        ),
    ),
    "competitor": (
        (
            "How is your choice working out?",
            "{hello}\n\n[[You chose {competitor} {since}.]] I hope your choice does what you wanted of it. I "
            "am not writing to change your mind.\n\n"
            + _OFFER
            + "\n\nIf you have a minute: what do you like about it? It helps me do better."
            + _END,
        ),
        (
            "Something for the next renewal",
            "{hello}\n\nBefore a contract renews there is usually a short moment to ask for more. It is "
            "worth using it, whoever you stay with.\n\n"
            + _OFFER
            + "\n\n[[When does the contract with {competitor} end?]] I would like to be useful at the right "
            "moment, and quiet until then."
            + _END,
        ),
    ),
    "price": (
        (
            "A smaller way to begin",
            "{hello}\n\n[[Our offer for {deal} was too much {since}, and I took that seriously.]] I keep "
            "asking myself whether a smaller part would already help.\n\n"
            + _OFFER
            + "\n\nIf you tell me which part hurts most, I will tell you honestly whether it makes sense alone."
            + _END,
        ),
        (
            "What it costs in all",
            "{hello}\n\nA price is only one line of what something costs, ours too. [[If you compare again "
            "at {company}, this may help.]]\n\n"
            + _OFFER
            + "\n\nHow do you see it today?"
            + _END,
        ),
    ),
    "budget": (
        (
            "When would be a good moment?",
            "{hello}\n\n[[When we spoke {since}, it was not the moment for {deal}.]] Is a better moment in "
            "sight? If not, I will ask again in a few months, and not before.\n\n"
            + _OFFER
            + _END,
        ),
        (
            "For the next budget round",
            "{hello}\n\nBudgets are often made earlier than one thinks. [[If {deal} is to be in the next one "
            "at {company}, a page is usually enough.]]\n\n"
            + _OFFER
            + "\n\nWhen does your round begin, and who decides about it?"
            + _END,
        ),
    ),
    "champion_left": (
        (
            "A short introduction",
            "{hello}\n\nWe do not know each other yet. [[Until recently I spoke with {before_you} about "
            "{deal}.]] You may have inherited a folder with my name in it; I would rather tell you in two "
            "lines what it was.\n\n"
            + _OFFER
            + "\n\nIs this something for you? A no is fine, and saves us both time."
            + _END,
        ),
        (
            "What was done so far",
            "{hello}\n\n[[Together with {before_you} we looked at {deal}.]] What was done so far is written "
            "down, and it is yours, whatever you decide.\n\n"
            + _OFFER
            + "\n\nWould ten minutes help you find your way into it?"
            + _END,
        ),
    ),
    "silent": (
        (
            "One short question",
            "{hello}\n\n[[Is {deal} still a topic for you?]] Shall I come back to you: yes, no or later? "
            "One word is enough."
            + _END,
        ),
        (
            "Yes, no or later?",
            "{hello}\n\n[[We lost sight of each other {since}.]] I would like to write only if it helps. "
            "Shall I ask again in half a year, or not at all?"
            + _END,
        ),
    ),
    "shipped": (
        (
            "What was missing is there",
            "{hello}\n\n[[You told me that this was missing: {waits_for}.]] It is there now.\n\n"
            + _OFFER
            + "\n\nWould you like to see it for ten minutes, with your own example? If it comes too late, tell "
            "me that too."
            + _END,
        ),
        (
            "You asked for it",
            "{hello}\n\n[[You said no {since}, and one reason was this: {waits_for}. You were right, and "
            "others said the same.]] It works now.\n\n"
            + _OFFER
            + "\n\nDoes it still matter to you?"
            + _END,
        ),
    ),
    "friend": (
        (
            "Something I thought you could use",
            "{hello}\n\nNo question behind this one: I came across something that may be of use to you"
            "[[ at {company}]].\n\n"
            + _OFFER
            + "\n\nHow are things on your side?"
            + _END,
        ),
        (
            "A line, and nothing to do",
            "{hello}\n\nA short word to keep in touch. [[I hope all goes well at {company}.]]\n\n"
            + _OFFER
            + "\n\nIf there is something I can do for you, tell me; I am glad to."
            + _END,
        ),
        (
            "What we learned lately",
            "{hello}\n\nWe hear a good deal from companies like yours, and some of it is worth passing on."
            "\n\n"
            + _OFFER
            + "\n\nNo answer needed. If it helps you, I am happy to hear how."
            + _END,
        ),
    ),
    "after_return": (
        (
            "Welcome back",
            "{hello}\n\nMy last note reached you while you were away. It can wait until your desk is clear "
            "again.\n\n"
            + _OFFER
            + "\n\nWhen would be a better moment?"
            + _END,
        ),
        (
            "When your desk is clear",
            "{hello}\n\nYou were away when I wrote, so here it is once more, in one line: how are things "
            "going[[ at {company}]]?\n\n"
            + _OFFER
            + _END,
        ),
    ),
    "ask_once": (
        (
            "May I keep writing to you?",
            "{hello}\n\n[[We spoke {since} about {deal}.]] I cannot go on writing to you without your "
            "word, and rightly so.\n\nShall I send you a line now and then, when there is something "
            "useful? If so, answer “yes”. If I hear nothing, I will stop."
            + _END,
        ),
        (
            "Yes or no?",
            "{hello}\n\nA single question, and I ask it only once: may I write to you now and then? Answer "
            "“yes” if I may. Otherwise this is my last note, with thanks for your time."
            + _END,
        ),
    ),
    "goodbye": (
        (
            "I will stop writing",
            "{hello}\n\nI have written a few times and heard nothing, which is an answer too. I will stop "
            "writing; the door stays open.\n\n[[If {deal} comes up again, a line is enough.]] I "
            "wish you well[[ at {company}]]."
            + _END,
        ),
        (
            "The door stays open",
            "{hello}\n\nThis is my last note. [[I enjoyed learning about {company}.]] Should things change, "
            "you know where to find me.\n\nThank you for your time."
            + _END,
        ),
    ),
}  # fmt: skip

#: What the facts are made of.
PHRASES: dict[str, str] = {
    "hello": "Hello,",
    "hello_name": "Hello %s,",
    "in_month": "in %s",
    "on_day": "on %s",
    "below": "You find it below my name.",
    "offer": "Something that may help: “%s”.",
    "budget": "your budget opens",
    "contract_end": "your contract ends",
    "decision": "you decide again",
    "call_back": "you would be free for a call",
}

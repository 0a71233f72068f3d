"""Les messages en français : clé, puis formulations (objet et corps). Courtes, chaleureuses, sans publicité."""

from __future__ import annotations

Wordings = tuple[tuple[str, str], ...]

_END = "\n\n{seller_first}"
_OFFER = "[[Ceci peut vous servir : « {piece_title} ». {piece_summary}\n{piece_link}]]"

FRENCH: dict[str, Wordings] = {
    "check_in": (
        (
            "Comment cela se passe-t-il ?",
            "{hello}\n\n[[Nous nous étions parlé {since} au sujet de « {deal} ».]] Je n’ai rien à vous "
            "vendre aujourd’hui, je voulais seulement savoir comment les choses avancent[[ chez "
            "{company}]].\n\n"
            + _OFFER
            + "\n\nSi rien n’a changé, inutile de répondre."
            + _END,
        ),
        (
            "Une pensée, et une question",
            "{hello}\n\n[[J’ai pensé à {company} cette semaine.]] Qu’est-ce qui prend le plus de votre temps "
            "en ce moment ? [[« {deal} » est-il toujours d’actualité, ou autre chose a-t-il pris la "
            "place ?]]\n\n"
            + _OFFER
            + "\n\nUne ligne suffit."
            + _END,
        ),
        (
            "Toujours utile ?",
            "{hello}\n\n[[Cela fait un moment : {since}, vous m’aviez dit où vous en étiez.]] Quelque chose "
            "a-t-il bougé depuis, de votre côté ?\n\n"
            + _OFFER
            + "\n\nSi le sujet est clos pour vous, dites-le-moi et je vous laisse tranquille."
            + _END,
        ),
    ),
    "date_reached": (
        (
            "Vous m’aviez parlé d’une date",
            "{hello}\n\n[[Vous m’aviez dit que {date_words} {date}, et je l’ai gardé en tête.]] [[Vos mots : "
            "« {said} ».]]\n\nOù en êtes-vous aujourd’hui ? Quinze minutes suffiraient pour voir ce qui a du "
            "sens, et ce qui n’en a pas.\n\n"
            + _OFFER
            + _END,
        ),
        (
            "Comme convenu, un signe de ma part",
            "{hello}\n\n[[Nous avions convenu {since} que je reviendrais à l’approche du bon moment.]] Me "
            "voici à nouveau. [[Comme vous l’aviez dit, {date_words} {date}.]]\n\nQu’est-ce qui vous "
            "aiderait le plus : des chiffres, un exemple, ou simplement que je revienne plus tard ?\n\n"
            + _OFFER
            + _END,
        ),
    ),
    "no_decision": (
        (
            "Où en êtes-vous ?",
            "{hello}\n\n[[Quand nous nous sommes parlé {since}, rien n’était décidé pour « {deal} ». C’est "
            "souvent une bonne décision.]] Je me demande si ce que vous vouliez régler a disparu, ou vous "
            "prend toujours du temps.\n\n"
            + _OFFER
            + "\n\nS’il n’en reste rien, tant mieux."
            + _END,
        ),
        (
            "Quelque chose qui aide à trancher",
            "{hello}\n\nLa plupart des entreprises avec qui je parle ne manquent pas d’une offre ; il leur "
            "manque une heure ensemble. [[Je ne sais pas si c’est le cas chez {company}.]]\n\n"
            + _OFFER
            + "\n\nQuelle est la question à laquelle personne n’a encore répondu ?"
            + _END,
        ),
    ),
    "competitor": (
        (
            "Votre choix tient-il ses promesses ?",
            "{hello}\n\n[[Vous aviez choisi {competitor} {since}.]] J’espère que votre choix répond à ce que "
            "vous en attendiez. Je ne vous écris pas pour vous faire changer d’avis.\n\n"
            + _OFFER
            + "\n\nSi vous avez une minute : qu’est-ce qui vous plaît ? Cela m’aide à progresser."
            + _END,
        ),
        (
            "Pour le prochain renouvellement",
            "{hello}\n\nAvant qu’un contrat se renouvelle, il y a souvent un court moment pour demander "
            "davantage. Autant en profiter, quel que soit votre fournisseur.\n\n"
            + _OFFER
            + "\n\n[[Quand se termine le contrat avec {competitor} ?]] J’aimerais être utile au bon moment, et "
            "me taire d’ici là."
            + _END,
        ),
    ),
    "price": (
        (
            "Commencer plus petit",
            "{hello}\n\n[[Notre offre pour « {deal} » était trop élevée {since}, et je l’ai pris au "
            "sérieux.]] Je me demande si une partie plus petite aiderait déjà.\n\n"
            + _OFFER
            + "\n\nDites-moi quelle partie vous aiderait le plus, et je vous dirai honnêtement si elle a du sens seule."
            + _END,
        ),
        (
            "Ce que cela coûte en tout",
            "{hello}\n\nUn prix n’est qu’une ligne de ce que coûte une chose, la nôtre comprise. [[Si vous "
            "comparez à nouveau chez {company}, ceci peut servir.]]\n\n"
            + _OFFER
            + "\n\nComment le voyez-vous aujourd’hui ?"
            + _END,
        ),
    ),
    "budget": (
        (
            "Quel serait le bon moment ?",
            "{hello}\n\n[[Quand nous nous sommes parlé {since}, ce n’était pas le moment pour « {deal} ».]] "
            "Un meilleur moment est-il en vue ? Sinon, je reposerai la question dans quelques mois, pas "
            "avant.\n\n"
            + _OFFER
            + _END,
        ),
        (
            "Pour le prochain budget",
            "{hello}\n\nLes budgets se préparent souvent plus tôt qu’on ne le pense. [[Si « {deal} » doit "
            "figurer au prochain chez {company}, une page suffit d’ordinaire.]]\n\n"
            + _OFFER
            + "\n\nQuand commencez-vous, et qui en décide ?"
            + _END,
        ),
    ),
    "champion_left": (
        (
            "Une courte présentation",
            "{hello}\n\nNous ne nous connaissons pas encore. [[Jusqu’à récemment, je parlais avec "
            "{before_you} au sujet de « {deal} ».]] Vous avez peut-être hérité d’un dossier à mon nom ; je "
            "préfère vous dire en deux lignes ce que c’était.\n\n"
            + _OFFER
            + "\n\nEst-ce un sujet pour vous ? Un non est bienvenu, et nous fait gagner du temps à tous deux."
            + _END,
        ),
        (
            "Ce qui a été fait jusqu’ici",
            "{hello}\n\n[[Avec {before_you}, nous avons travaillé sur « {deal} ».]] Ce qui a été fait "
            "jusqu’ici est écrit, et c’est à vous, quoi que vous décidiez.\n\n"
            + _OFFER
            + "\n\nDix minutes vous aideraient-elles à vous y retrouver ?"
            + _END,
        ),
    ),
    "silent": (
        (
            "Une courte question",
            "{hello}\n\n[[« {deal} » est-il toujours d’actualité pour vous ?]] Dois-je revenir vers vous : oui, "
            "non ou plus tard ? Un mot suffit."
            + _END,
        ),
        (
            "Oui, non ou plus tard ?",
            "{hello}\n\n[[Nous nous sommes perdus de vue {since}.]] Je ne voudrais écrire que si cela vous "
            "sert. Dois-je reposer la question dans six mois, ou plus du tout ?"
            + _END,
        ),
    ),
    "shipped": (
        (
            "Ce qui vous manquait est là",
            "{hello}\n\n[[Vous m’aviez dit que ceci manquait : {waits_for}.]] C’est là, "
            "maintenant.\n\n"
            + _OFFER
            + "\n\nVoulez-vous le voir dix minutes, avec votre propre exemple ? Si c’est trop tard, "
            "dites-le-moi aussi."
            + _END,
        ),
        (
            "Vous l’aviez demandé",
            "{hello}\n\n[[Vous aviez dit non {since}, et l’une des raisons était celle-ci : {waits_for}. "
            "Vous aviez raison, et d’autres l’ont dit aussi.]] Ce que vous demandiez fonctionne "
            "maintenant.\n\n"
            + _OFFER
            + "\n\nEst-ce que cela compte encore pour vous ?"
            + _END,
        ),
    ),
    "friend": (
        (
            "J’ai pensé à vous",
            "{hello}\n\nRien à vous demander aujourd’hui : voici simplement quelque chose qui peut vous être utile"
            "[[ chez {company}]].\n\n"
            + _OFFER
            + "\n\nComment allez-vous de votre côté ?"
            + _END,
        ),
        (
            "Un mot, et rien à faire",
            "{hello}\n\nUn petit mot pour garder le lien. [[J’espère que tout va bien chez {company}.]]\n\n"
            + _OFFER
            + "\n\nSi je peux faire quelque chose pour vous, dites-le-moi, avec plaisir."
            + _END,
        ),
        (
            "Ce que nous avons appris",
            "{hello}\n\nNous entendons beaucoup d’entreprises comme la vôtre, et une partie mérite d’être partagée."
            "\n\n"
            + _OFFER
            + "\n\nInutile de répondre. Si cela vous sert, dites-moi comment."
            + _END,
        ),
    ),
    "after_return": (
        (
            "Bon retour",
            "{hello}\n\nMon dernier message vous est parvenu pendant votre absence. Il peut attendre que "
            "votre bureau soit dégagé.\n\n"
            + _OFFER
            + "\n\nQuel serait un meilleur moment ?"
            + _END,
        ),
        (
            "Quand vous aurez un moment",
            "{hello}\n\nVous n’étiez pas là quand j’ai écrit, le revoici donc en une ligne : comment cela se "
            "passe-t-il[[ chez {company}]] ?\n\n"
            + _OFFER
            + _END,
        ),
    ),
    "ask_once": (
        (
            "Puis-je continuer à vous écrire ?",
            "{hello}\n\n[[Nous nous étions parlé {since} au sujet de « {deal} ».]] Je ne peux pas vous "
            "écrire indéfiniment sans votre accord, et c’est juste.\n\nVoulez-vous un mot de temps en temps, "
            "quand il y a quelque chose d’utile ? Dans ce cas, répondez « oui ». Sans réponse, j’arrête."
            + _END,
        ),
        (
            "Oui ou non ?",
            "{hello}\n\nUne seule question, que je ne pose qu’une fois : puis-je vous écrire de temps en "
            "temps ? Répondez « oui » si vous le voulez bien. Sinon, ce message est le dernier, avec mes "
            "remerciements pour votre temps."
            + _END,
        ),
    ),
    "goodbye": (
        (
            "Je cesse de vous écrire",
            "{hello}\n\nJe vous ai écrit quelques fois sans réponse, ce qui en est une. Je cesse de vous "
            "relancer ; la porte reste ouverte.\n\n[[Si « {deal} » redevient d’actualité, une ligne suffit.]] "
            "Je vous souhaite une bonne continuation[[ chez {company}]]."
            + _END,
        ),
        (
            "La porte reste ouverte",
            "{hello}\n\nCe message est le dernier. [[J’ai eu plaisir à découvrir {company}.]] Si les choses "
            "changent, vous savez où me trouver.\n\nMerci pour votre temps."
            + _END,
        ),
    ),
}  # fmt: skip

#: De quoi sont faits les faits.
PHRASES: dict[str, str] = {
    "hello": "Bonjour,",
    "hello_name": "Bonjour %s,",
    "in_month": "en %s",
    "on_day": "le %s",
    "below": "Vous le trouverez sous ma signature.",
    "offer": "Ceci peut vous servir : « %s ».",
    "budget": "votre budget s’ouvre",
    "contract_end": "votre contrat se termine",
    "decision": "vous décidez à nouveau",
    "call_back": "un appel vous conviendrait",
}

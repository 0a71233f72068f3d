"""Les contenus de départ en français : clé, puis titre, résumé, texte."""

from __future__ import annotations

FRENCH: dict[str, tuple[str, str, str]] = {
    "checklist": (
        "Dix questions pour trancher",
        "Une liste pour une heure avec toutes les personnes concernées. Elle sert quel que soit votre choix, même "
        "sans nous.",
        """\
Dix questions pour trancher

Prenez une heure avec toutes les personnes concernées. Notez les réponses ; une réponse qui manque en est une.

1. Qu’est-ce qui coince aujourd’hui, en une phrase ? Pour qui, et à quelle fréquence ?
2. Que se passe-t-il si rien ne change pendant un an ?
3. À quoi verra-t-on dans six mois que cela valait la peine ? Un chiffre, et sa valeur d’aujourd’hui.
4. Qui s’en servira chaque jour ? Ces personnes l’ont-elles vu ?
5. Qui paie, sur quel budget, et quand s’ouvre-t-il ?
6. Qui pourrait tout arrêter à la fin (informatique, juridique, achats, CSE) ? Que faut-il leur montrer, et pour quand ?
7. Quel est le plus petit pas qui nous apprendrait quelque chose ?
8. Qu’est-ce qui ne doit surtout pas mal se passer ? Que ferions-nous dans ce cas ?
9. Quelles sont les vraies options, ne rien faire compris ? Qu’est-ce qui plaide pour chacune ?
10. Qui décide, quel jour, dans quelle réunion ?

Si trois questions restent ouvertes, ne décidez pas encore : donnez à chacune un nom et un jour, puis revoyez-vous.
""",
    ),
    "waiting": (
        "Ce que coûterait une année de plus sans rien changer",
        "Un calcul en cinq lignes, avec vos chiffres. Parfois il montre qu’attendre est le bon choix.",
        """\
Ce que coûterait une année de plus sans rien changer

Cinq lignes, vos chiffres, sans consultant.

1. Heures par semaine que prend le problème ____ × coût d’une heure ____ × 46 semaines = ____
2. Incidents par an ____ × coût d’un incident ____ = ____
3. Ce que coûtent les solutions de fortune (outils, heures supplémentaires, aide extérieure) = ____
4. Ce que vous auriez gagné, estimation prudente = ____
5. Somme de 1 à 4 : une année d’attente = ____

En face : ce que coûte le changement la première année, votre temps compris ____

Si la ligne 5 est plus petite, attendre est le bon choix, et vous pouvez ne plus y penser.
Si elle est plus grande, la différence divisée par 12 est le coût de chaque mois d’attente.

Deux pièges : compter deux fois la même heure, et compter des heures que personne n’emploierait autrement.
""",
    ),
    "business_case": (
        "Un dossier de décision en une page",
        "À remplir pour la personne qui signe : ce que cela coûte, ce que cela rapporte, ce qui peut mal tourner.",
        """\
Un dossier de décision en une page

Le problème. Pour qui, à quelle fréquence, ce qu’il coûte aujourd’hui (un chiffre et sa source).

Ce que nous proposons. Une phrase. Ce qui n’en fait pas partie, en une autre.

Ce que cela coûte
  première année : prix ____ + notre temps ____ jours + formation ____ + ce que nous avons oublié (ajouter 15 %) ____
  chaque année ensuite : ____

Ce que cela rapporte
  prudent ____ probable ____ si tout va bien ____ (dire sur quoi repose chaque chiffre)

Rentable au bout de ____ mois, avec le chiffre prudent.

Ce qui peut mal tourner, et ce que nous ferions
  1. ____
  2. ____

Ce que nous ferons si la réponse est non : ____ (il y a toujours quelque chose)

Décision attendue pour le ____ parce que ____.
Chiffres vérifiés avec ____ (finances) le ____.
""",
    ),
    "questions": (
        "Douze questions à poser à tout fournisseur, nous compris",
        "Pour un renouvellement ou une comparaison. Posez les mêmes à tous et mettez les réponses côte à côte.",
        """\
Douze questions à poser à tout fournisseur, nous compris

Posez les mêmes douze à tous, et mettez les réponses côte à côte.

Ce que cela fait
1. De nos cinq cas les plus importants, lesquels traitez-vous aujourd’hui, lesquels sont prévus, lesquels pas du tout ?
2. Pouvons-nous en essayer un avec nos données, seuls dans la pièce ?

Ce que cela coûte
3. Que payons-nous en trois ans, tout compris : mise en place, formation, assistance, changements ?
4. Qu’est-ce qui fait monter le prix, et de combien a-t-il monté pour vos clients en trois ans ?
5. Que manque-t-il dans l’offre dont des clients comme nous ont d’habitude besoin ?

La vie avec
6. En cas de panne, qui répond, en combien de temps, en quelle langue ? Pouvons-nous voir les chiffres de l’an dernier ?
7. Quels sont deux clients de notre taille que nous pouvons appeler, et un qui est parti ?
8. De quoi se plaint-on le plus ?

La fin
9. Comment récupérons-nous nos données, sous quel format, à quel prix ?
10. Quel est le préavis, et le contrat se renouvelle-t-il tout seul ?
11. Où sont les données, et qui peut les voir ?
12. Pour qui êtes-vous le mauvais choix ?

La dernière en dit le plus long.
""",
    ),
    "smaller_start": (
        "Commencer plus petit, en trois étapes",
        "Commencer par une équipe et un cas, pour que chaque étape puisse être annulée.",
        """\
Commencer plus petit, en trois étapes

Quand tout faire d’un coup serait trop. Chaque étape finit par une décision, et chacune peut être annulée.

Étape 1 : un cas, deux semaines
  Choisissez une chose qui coince chaque semaine et que trois personnes font. Notez le temps qu’elle prend aujourd’hui.
  Ces trois personnes la font de la nouvelle façon, à côté de l’ancienne. Rien d’autre ne change.
  Décidez : est-ce mieux, d’un écart qui compte ? Sinon, arrêtez là ; cela a coûté deux semaines.

Étape 2 : une équipe, deux mois
  L’équipe travaille de la nouvelle façon ; l’ancienne reste ouverte, pour pouvoir revenir.
  Une personne, qui en a le temps, répond aux questions. Notez-les toutes : c’est votre formation.
  Décidez : l’équipe reviendrait-elle en arrière si elle pouvait ? Demandez à chacun.

Étape 3 : tout le monde, ou non
  Faites venir ceux qui peuvent encore dire non (informatique, juridique, achats), avec ce que vous avez appris.
  Abandonnez l’ancienne façon à une date que tous connaissent deux semaines avant.

À éviter : commencer par le cas le plus difficile, ou pendant le mois le plus chargé.
""",
    ),
    "summary": (
        "Où nous en étions : une note pour la personne qui reprend",
        "Ce qui a été regardé, décidé et laissé ouvert, en une page pour un nouveau responsable.",
        """\
Où nous en étions : une note pour la personne qui reprend

Pour : ____ (reprend le dossier) De : ____ Date : ____

Pourquoi nous avons commencé à parler : ____ (avec les mots de vos collègues)

Ce qui a été regardé
  quand ____, avec qui ____, quoi ____
  quand ____, avec qui ____, quoi ____

Ce qui en est sorti
  ce qui convient : ____
  ce qui ne convient pas, ou n’était pas clair : ____

Ce qui a été décidé, et pourquoi : ____

Ce qui est resté ouvert
  1. ____
  2. ____

Documents qui existent : ____ (demandez, vous les avez le jour même)

Rien n’est attendu de vous. Si ce n’est pas un sujet pour vous, une ligne suffit et nous nous arrêtons là.
""",
    ),
}

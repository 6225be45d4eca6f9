extension ScriptTemplate {
    static let french = ScriptTemplate(
        opening: "Le sujet du jour :",
        welcome: "Accordez-lui un instant d'attention.",
        middle: [
            Beat(
                "Première idée", "Quelle est la première chose qui vous vient à l'esprit ?",
                "Gardez cette idée un moment."),
            Beat(
                "De plus près",
                "Bien des choses semblent simples tant qu'on ne les regarde pas de près.",
                "C'est peut-être le cas ici."),
            Beat(
                "Pourquoi ?", "Commencez par la question la plus courte : pourquoi ?",
                "Puis reposez-la, et voyez où elle mène."),
            Beat(
                "Ce qu'on sait", "Pensez à une chose que vous savez déjà.",
                "Et comment l'avez-vous apprise ?"),
            Beat(
                "Ce qui manque", "Pensez maintenant à une chose que vous aimeriez savoir.",
                "C'est là que cela devient intéressant."),
            Beat(
                "Le premier", "Qui se l'est demandé le premier ?",
                "Personne ne le sait peut-être, mais cela mérite un instant."),
            Beat(
                "Un détail", "Choisissez un petit détail, et restez-y.",
                "Un détail peut éclairer tout le tableau."),
            Beat(
                "Un dessin", "S'il fallait le dessiner, par où commenceriez-vous ?",
                "Une simple esquisse suffit."),
            Beat(
                "Tout près", "Cela touche-t-il votre propre journée ?",
                "Regardez autour de vous. C'est peut-être plus proche qu'on ne croit."),
            Beat(
                "Deux regards", "Tout le monde le verrait-il comme vous ?",
                "Cherchez un autre avis, et prenez-le au sérieux."),
            Beat(
                "Vos mots", "Essayez de l'expliquer en une seule phrase.",
                "Si c'est difficile, vous tenez une bonne question."),
            Beat(
                "À un enfant", "Comment l'expliqueriez-vous à un enfant ?",
                "Avec des mots courts, et sans détours."),
            Beat(
                "Devinez", "Devinez d'abord, avant de chercher.",
                "Notez votre idée, pour ne pas tricher."),
            Beat(
                "Surprise", "Quelle réponse vous surprendrait le plus ?",
                "Soyez prêts à changer d'avis."),
            Beat(
                "Qui sait ?", "Qui pourrait vous en dire plus ?",
                "Un voisin, une enseignante, quelqu'un à la bibliothèque."),
            Beat(
                "Les sources", "Cherchez, et comparez deux bonnes sources.",
                "Là où elles diffèrent, la recherche continue."),
            Beat(
                "Par écrit", "Notez trois questions sur le sujet.",
                "Demain, vous aurez peut-être une réponse."),
            Beat(
                "Sans hâte", "Personne n'a besoin de tout savoir d'un coup.",
                "Les bonnes questions peuvent attendre un peu."),
            Beat(
                "La question", "Quelle question poseriez-vous en premier ?",
                "Elle vous dira où commencer à chercher."),
            Beat(
                "Partager", "Racontez à quelqu'un ce que vous trouvez.",
                "À deux, on voit mieux que seul."),
            Beat(
                "Curiosité", "Quoi que vous trouviez, restez curieux.",
                "Il reste toujours une question."),
        ],
        closing: Beat(
            "Et vous ?", "Et vous, qu'en pensez-vous ?",
            "Cherchez, et dites-nous ce que vous avez trouvé."),
        description: "Une courte vidéo pour éveiller la curiosité. Cherchez, et apprenez-en plus.")
}

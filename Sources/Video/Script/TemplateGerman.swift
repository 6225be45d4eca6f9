extension ScriptTemplate {
    static let german = ScriptTemplate(
        opening: "Unser Thema heute:",
        welcome: "Nimm dir dafür einen Augenblick Zeit.",
        middle: [
            Beat(
                "Erster Gedanke", "Was fällt dir als Erstes dazu ein?", "Merk dir diesen Gedanken."),
            Beat(
                "Genauer hinsehen", "Vieles wirkt einfach, bis man genauer hinsieht.",
                "Vielleicht ist es auch hier so."),
            Beat(
                "Warum?", "Beginne mit der kürzesten Frage, die es gibt: Warum?",
                "Dann frag noch einmal und sieh, wohin es führt."),
            Beat(
                "Was du weißt", "Denk an etwas, das du schon darüber weißt.",
                "Und woher weißt du es?"),
            Beat(
                "Was dir fehlt", "Und nun an etwas, das du gern wüsstest.",
                "Genau da wird es spannend."),
            Beat(
                "Wer fragte zuerst?", "Wer hat sich das wohl als Erster gefragt?",
                "Vielleicht weiß es niemand, aber der Gedanke lohnt sich."),
            Beat(
                "Ein Detail", "Such dir eine Kleinigkeit aus und bleib bei ihr.",
                "Eine Kleinigkeit kann das ganze Bild öffnen."),
            Beat(
                "Zeichne es", "Wenn du es zeichnen müsstest, wo würdest du anfangen?",
                "Eine grobe Skizze genügt."),
            Beat(
                "Ganz nah", "Hat es mit deinem eigenen Tag zu tun?",
                "Schau dich um. Vielleicht ist es näher, als du denkst."),
            Beat(
                "Zwei Seiten", "Sehen das wohl alle so wie du?",
                "Such eine zweite Meinung und nimm sie ernst."),
            Beat(
                "Deine Worte", "Versuch, es in einem einzigen Satz zu erklären.",
                "Fällt das schwer, hast du eine gute Frage gefunden."),
            Beat(
                "Für ein Kind", "Wie würdest du es einem Kind erklären?",
                "Mit kurzen Worten und ohne Umwege."),
            Beat(
                "Dein Tipp", "Rate erst einmal, bevor du nachschlägst.",
                "Schreib den Tipp auf, dann gilt er."),
            Beat(
                "Überraschung", "Welche Antwort würde dich am meisten überraschen?",
                "Sei bereit, deine Meinung zu ändern."),
            Beat(
                "Wer weiß mehr?", "Wer könnte dir mehr darüber erzählen?",
                "Ein Nachbar, eine Lehrerin, jemand in der Bücherei."),
            Beat(
                "Gute Quellen", "Schlag nach und vergleiche zwei gute Quellen.",
                "Wo sie sich widersprechen, geht die Suche weiter."),
            Beat(
                "Aufschreiben", "Schreib drei Fragen dazu auf.",
                "Vielleicht hast du morgen auf eine davon die Antwort."),
            Beat(
                "Zeit lassen", "Niemand muss alles auf einmal wissen.",
                "Gute Fragen können ein wenig warten."),
            Beat(
                "Erste Frage", "Welche Frage würdest du zuerst stellen?",
                "Sie zeigt dir, wo du suchen kannst."),
            Beat(
                "Weitersagen", "Erzähl jemandem, was du herausfindest.",
                "Zwei sehen mehr als einer."),
            Beat(
                "Bleib neugierig", "Was du auch findest, bleib neugierig.",
                "Es gibt immer noch eine Frage."),
        ],
        closing: Beat(
            "Und du?", "Und was denkst du?", "Schlag nach und erzähl uns, was du gefunden hast."),
        description:
            "Ein kurzes Video, das neugierig machen soll. Schlag nach und finde mehr heraus.")
}

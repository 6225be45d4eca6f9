extension ScriptTemplate {
    static let english = ScriptTemplate(
        opening: "Today's topic:",
        welcome: "Give it a moment of your attention.",
        middle: [
            Beat(
                "First thought", "What comes to mind first?", "Hold on to that thought for a while."
            ),
            Beat(
                "Look closer", "Many things seem simple until you look closer.",
                "Perhaps this is one of them."),
            Beat(
                "Ask why", "Start with the shortest question there is: why?",
                "Then ask it again, and see where it leads."),
            Beat(
                "What you know", "Think of one thing you already know about it.",
                "And how did you come to know it?"),
            Beat(
                "What you don't", "Now think of one thing you would like to know.",
                "That is where it gets interesting."),
            Beat(
                "The first to ask", "Who was the first to wonder about it?",
                "Perhaps nobody knows, but it is worth a thought."),
            Beat(
                "One detail", "Pick one small detail, and stay with it.",
                "A detail can open the whole picture."),
            Beat(
                "Draw it", "If you had to draw it, where would you begin?",
                "A rough sketch is enough."),
            Beat(
                "Close to home", "Does it touch your own day in some way?",
                "Look around you. It may be nearer than you think."),
            Beat(
                "Two sides", "Would everybody see it the way you do?",
                "Look for a second opinion, and take it seriously."),
            Beat(
                "Your words", "Try to explain it in a single sentence.",
                "If that is hard, you have found a good question."),
            Beat(
                "For a child", "How would you explain it to a child?",
                "In short words, and without shortcuts."),
            Beat(
                "Your guess", "Make a guess before you look it up.",
                "Write it down, and do not change it."),
            Beat(
                "Surprise", "Which answer would surprise you most?", "Be ready to change your mind."
            ),
            Beat(
                "Who knows?", "Who could tell you more about it?",
                "A neighbour, a teacher, or somebody at the library."),
            Beat(
                "Good sources", "Look it up, and compare two good sources.",
                "Where they differ, the search goes on."),
            Beat(
                "Write it down", "Write down three questions about it.",
                "Tomorrow you may have answers to one of them."),
            Beat(
                "Take your time", "There is no need to know everything at once.",
                "Good questions can wait a little."),
            Beat(
                "First question", "Which question would you ask first?",
                "It tells you where to begin your search."),
            Beat("Pass it on", "Tell a friend what you find out.", "Two people see more than one."),
            Beat(
                "Stay curious", "Whatever you find, stay curious.",
                "There is always another question."),
        ],
        closing: Beat(
            "Your turn", "So, what do you think?", "Look it up, and tell us what you found."),
        description: "A short video to make you curious. Look it up and find out more.")
}

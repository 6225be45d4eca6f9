/// The small words of a language, by what they do: enough to see where a phrase may begin and end.
struct FunctionWords: Sendable {
    /// Words a noun follows: articles, possessives, numbers' kin.
    let determiners: Set<String>
    /// Words a phrase ends before: prepositions and conjunctions.
    let joiners: Set<String>
    /// Those of them that tie a noun to the one before, so that a phrase goes on after it: `of`.
    let binders: Set<String> = ["of", "de", "del", "d'", "du", "des", "von"]
    /// Words that begin a clause that depends on another: `when`, `because`.
    let subordinators: Set<String>
    /// Question words, which may begin a heading.
    let questions: Set<String>
    /// Auxiliary verbs.
    let verbs: Set<String>
    /// Pronouns that begin a clause.
    let pronouns: Set<String>
    /// Pronouns that may end one.
    let objects: Set<String>
    /// Adverbs that add no meaning, and words that only number.
    let others: Set<String>
    /// Beginnings that say nothing: `Did you know that`. The longest that fits is left off.
    let preambles: [[String]]

    init(
        determiners: String, joiners: String, subordinators: String, questions: String,
        verbs: String, pronouns: String, objects: String, others: String, preambles: [String]
    ) {
        func set(_ text: String) -> Set<String> { Set(PlainText.words(text)) }
        self.determiners = set(determiners)
        self.joiners = set(joiners)
        self.subordinators = set(subordinators)
        self.questions = set(questions)
        self.verbs = set(verbs)
        self.pronouns = set(pronouns)
        self.objects = set(objects)
        self.others = set(others)
        self.preambles = preambles.map { PlainText.words($0) }.sorted { $0.count > $1.count }
    }

    /// Whether it is any of them.
    func contains(_ word: String) -> Bool {
        determiners.contains(word) || joiners.contains(word) || breaks(before: word)
            || objects.contains(word)
            || others.contains(word)
    }

    /// Whether a phrase may end before this word.
    func breaks(before word: String) -> Bool {
        (joiners.contains(word) && !binders.contains(word)) || subordinators.contains(word)
            || questions.contains(word)
            || verbs.contains(word) || pronouns.contains(word)
    }

    /// The lists of a language; nil if there are none.
    static func of(_ language: String) -> FunctionWords? {
        switch Language.primary(of: language) {
        case "en": english
        case "de": german
        case "es": spanish
        case "fr": french
        default: nil
        }
    }

    private static let english = FunctionWords(
        determiners: """
            a an the my your his her its our their this that these those some any every each all \
            both no few many much more most several
            """,
        joiners: """
            of in on at by for from to with without about into onto over under underneath through \
            during between among against across around behind beneath beside beyond inside outside \
            near toward towards until upon off up down out along within above below than like as \
            and or but so nor yet per via
            """,
        subordinators: """
            when while if because although though since unless before after once whenever where \
            wherever whether
            """,
        questions: "why how what which who whom whose",
        verbs: """
            am is are was were be been being have has had do does did can could may might must \
            shall should will would cannot can't don't doesn't didn't isn't aren't won't get gets \
            got
            """,
        pronouns: "i he she we they there it's they're you're we're that's",
        objects: """
            it you me him us them these those this itself themselves yourself something anything \
            everything nothing one
            """,
        others: """
            not very too also just only even still already always never often again then now ever \
            quite rather really almost first let's today's other such own let make makes made long \
            next today however remember finally first second yes instead perhaps maybe
            """,
        preambles: [
            "did you know that", "did you know", "have you ever wondered", "have you wondered",
            "do you know", "have you ever asked yourself", "there is", "there are", "there was",
            "there were", "they", "we", "you", "i", "so", "and", "but", "or", "then", "also",
            "now", "yet", "so they", "and they", "but they", "then they", "so you", "and you",
            "but you", "then you", "so we", "and we", "but we", "then we", "today we",
            "and there are", "and there is",
        ])

    private static let german = FunctionWords(
        determiners: """
            der die das den dem des ein eine einen einem einer eines kein keine keinen keinem \
            keiner mein meine dein deine deinen deinem deiner sein seine seinen seinem seiner ihr \
            ihre ihren ihrem ihrer unser unsere unseren unserem unserer euer eure dieser diese \
            dieses diesen diesem jeder jede jedes jeden jedem alle allen viele vielen manche \
            einige mehr
            """,
        joiners: """
            in im ins an am ans auf aus bei beim mit nach von vom vor zu zum zur über unter durch \
            für gegen ohne um bis seit während wegen zwischen hinter neben und oder aber denn \
            sondern sowie als wie
            """,
        subordinators: "wenn weil dass ob obwohl damit bevor nachdem sobald solange falls da",
        questions:
            "warum wieso weshalb was wer wen wem wessen welche welcher welches wo woher wohin",
        verbs: """
            ist sind war waren bin bist sei hat haben habe hatte hatten wird werden wurde wurden \
            kann können konnte muss müssen soll sollen will wollen darf dürfen mag gibt
            """,
        pronouns: """
            ich du er sie es wir man
            """,
        objects: """
            sich mir dir ihm ihnen uns euch mich dich dies davon dazu daraus darin darauf darüber \
            darunter
            """,
        others: """
            nicht sehr auch nur schon noch immer nie oft wieder dann nun so zu ja doch mal hier \
            dort ganz etwas selbst einfach heute dabei dadurch deshalb
            """,
        preambles: [
            "wusstest du dass", "wusstest du", "dass", "wussten sie dass", "weißt du", "und",
            "aber", "oder", "denn",
            "doch", "also",
        ])

    private static let spanish = FunctionWords(
        determiners: """
            el la los las un una unos unas mi mis tu tus su sus nuestro nuestra nuestros nuestras \
            este esta estos estas ese esa esos esas aquel aquella cada todo toda todos todas \
            algún alguna algunos algunas ningún ninguna muchos muchas mucho mucha más pocos pocas \
            otro otra otros otras lo
            """,
        joiners: """
            de del a al en con sin por para sobre bajo entre hasta desde hacia contra durante \
            según tras ante y e o u ni pero sino mas como
            """,
        subordinators: "cuando si porque aunque mientras donde que pues",
        questions: "qué quién quiénes cuál cuáles cómo cuándo dónde cuánto cuántos cuánta cuántas",
        verbs: """
            es son era eran fue fueron ser está están estaba estaban estar hay había ha han he \
            puede pueden podía debe deben será serán tiene tienen
            """,
        pronouns: "yo tú él ella ello ellos ellas nosotros usted ustedes me te se le les nos",
        objects: "esto eso",
        others: "no sí ya muy también solo sólo aún todavía siempre nunca casi así tan hoy",
        preambles: [
            "sabías que", "sabes", "hay", "y", "pero", "o", "así que", "entonces", "también",
        ])

    private static let french = FunctionWords(
        determiners: """
            le la les un une des du mon ma mes ton ta tes son sa ses notre nos votre vos leur leurs \
            ce cet cette ces chaque tout toute tous toutes quelques plusieurs aucun aucune autre \
            autres
            """,
        joiners: """
            de à au aux en dans par pour sur sous avec sans entre vers chez depuis pendant contre \
            jusque jusqu'à dès et ou mais donc or ni car comme
            """,
        subordinators: "quand si lorsque puisque parce que qui dont où lorsqu'on",
        questions: "pourquoi comment quel quelle quels quelles combien quoi",
        verbs: """
            est sont était étaient être a ont avait avaient avoir peut peuvent doit doivent sera \
            seront fait font va vont
            """,
        pronouns: """
            je tu il elle on nous vous ils elles me te se y c'est n'est qu'il qu'elle qu'on qu'ils
            """,
        objects: "lui eux cela ça ceci",
        others:
            "ne pas plus très aussi déjà encore toujours jamais souvent bien trop peu si aujourd'hui",
        preambles: [
            "saviez-vous que", "saviez-vous", "savez-vous", "il y a", "et", "mais", "ou", "donc",
            "alors",
            "ainsi",
        ])
}

extension ScriptTemplate {
    static let spanish = ScriptTemplate(
        opening: "El tema de hoy:",
        welcome: "Préstale un momento de atención.",
        middle: [
            Beat(
                "Primera idea", "¿Qué es lo primero que te viene a la mente?",
                "Guarda esa idea por un momento."),
            Beat(
                "Mira de cerca", "Muchas cosas parecen sencillas hasta que las miras de cerca.",
                "Quizá esta sea una de ellas."),
            Beat(
                "¿Por qué?", "Empieza por la pregunta más corta: ¿por qué?",
                "Luego repítela y mira adónde te lleva."),
            Beat(
                "Lo que sabes", "Piensa en algo que ya sepas del tema.",
                "¿Y cómo llegaste a saberlo?"),
            Beat(
                "Lo que falta", "Ahora piensa en algo que te gustaría saber.",
                "Ahí empieza lo interesante."),
            Beat(
                "El primero", "¿Quién fue el primero en preguntárselo?",
                "Quizá nadie lo sepa, pero merece un momento."),
            Beat(
                "Un detalle", "Elige un pequeño detalle y quédate con él.",
                "Un detalle puede abrir todo el cuadro."),
            Beat(
                "Dibújalo", "Si tuvieras que dibujarlo, ¿por dónde empezarías?",
                "Basta con un boceto."),
            Beat(
                "Muy cerca", "¿Tiene algo que ver con tu propio día?",
                "Mira a tu alrededor. Quizá esté más cerca de lo que crees."),
            Beat(
                "Dos lados", "¿Lo vería todo el mundo igual que tú?",
                "Busca otra opinión y tómala en serio."),
            Beat(
                "Tus palabras", "Intenta explicarlo en una sola frase.",
                "Si te cuesta, has encontrado una buena pregunta."),
            Beat(
                "A un niño", "¿Cómo se lo explicarías a un niño?",
                "Con palabras cortas y sin rodeos."),
            Beat(
                "Adivina", "Adivina primero, antes de buscarlo.", "Apúntalo, para no hacer trampa."),
            Beat(
                "Sorpresa", "¿Qué respuesta te sorprendería más?",
                "Prepárate para cambiar de opinión."),
            Beat(
                "¿Quién sabe?", "¿Quién podría contarte más?",
                "Un vecino, una profesora o alguien en la biblioteca."),
            Beat(
                "Buenas fuentes", "Búscalo y compara dos buenas fuentes.",
                "Donde no coinciden, la búsqueda continúa."),
            Beat(
                "Escríbelo", "Escribe tres preguntas sobre el tema.",
                "Quizá mañana tengas la respuesta a una de ellas."),
            Beat(
                "Sin prisa", "No hace falta saberlo todo de una vez.",
                "Las buenas preguntas pueden esperar un poco."),
            Beat(
                "La pregunta", "¿Qué pregunta harías primero?",
                "Ella te dirá dónde empezar a buscar."),
            Beat(
                "Compártelo", "Cuéntale a alguien lo que descubras.",
                "Dos personas ven más que una."),
            Beat(
                "Curiosidad", "Encuentres lo que encuentres, mantén la curiosidad.",
                "Siempre queda otra pregunta."),
        ],
        closing: Beat("¿Y tú?", "Y tú, ¿qué piensas?", "Búscalo y cuéntanos lo que encontraste."),
        description: "Un vídeo corto para despertar la curiosidad. Búscalo y descubre más.")
}

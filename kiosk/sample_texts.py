"""Words of the sample pages in three languages, for previews and tests; what guests read is in the catalogues."""

from __future__ import annotations

LANGUAGES = {"da": "Dansk", "en": "English", "es": "Español"}

SITE = "Nordhavn Kontorhus"
LONG_SITE = "Nordhavn Kontorhus og Konferencecenter, Søndre Frihavnskaj 14"
GUEST, LONG_GUEST = "Søren Ærø", "Kristian-Emmanuel Bjørnstjerne von Frederiksberg-Skjoldborg Ångström-Østergaard"
HOST, LONG_HOST = "Jesper Friis", "Maximiliana-Josephine Brandenborg-Skjoldager Østergaard de la Concepción"

TEXTS: dict[str, dict[str, str]] = {
    "da": {
        "welcome": "Velkommen",
        "intro": "Registrér dig her, så giver vi din vært besked.",
        "visit": "Jeg er på besøg",
        "visit_detail": "Navn, vært, færdig – under et halvt minut",
        "qr": "Jeg har en QR-kode",
        "qr_detail": "Hold invitationen foran læseren",
        "leave": "Jeg går igen",
        "leave_detail": "Tjek ud",
        "delivery": "Jeg har en levering",
        "delivery_detail": "Vi kalder på receptionen",
        "code": "Jeg har en kode på otte tegn",
        "code_detail": "Den står i din invitation",
        "privacy": "Dine oplysninger slettes efter 14 dage · Læs mere",
        "note": "Slettes om 14 dage · Læs mere",
        "clock": "søndag 22. november · 11:42",
        "notice": "Printeren mangler labels. Du kan stadig registrere dig, og receptionen skriver dit gæstekort.",
        "help": "Hjælp",
        "aids": "Læsehjælp",
        "back": "Tilbage",
        "next": "Næste",
        "done": "Færdig",
        "types": "Hvad bringer dig hertil?",
        "types_text": "Vælg det, der passer bedst.",
        "guest": "Gæst",
        "craftsman": "Håndværker eller servicetekniker",
        "interview": "Jobsamtale",
        "course": "Kursusdeltager",
        "supplier": "Leverandør",
        "other": "Noget andet",
        "group": "Vi er flere, der kommer sammen",
        "whom": "Hvem skal du besøge?",
        "letters": "Skriv mindst tre bogstaver af navnet.",
        "too_many": "Mange hedder det. Skriv mere af navnet, for eksempel efternavnet.",
        "not_listed": "Min vært er ikke på listen",
        "available": "Ledig",
        "busy": "Optaget",
        "away": "Ikke til stede",
        "who": "Hvem er du?",
        "who_text": "Du besøger {host}.",
        "name": "Navn",
        "email": "E-mail",
        "phone": "Telefon",
        "company": "Firma",
        "plate": "Nummerplade",
        "person": "Kontaktperson på stedet",
        "reason": "Hvad gælder besøget?",
        "optional": "(valgfrit)",
        "email_error": "Skriv en e-mail som navn@firma.dk, eller lad feltet stå tomt.",
        "add_guest": "Tilføj en gæst mere",
        "scan": "Hold din kode foran læseren",
        "scan_text": (
            "Læseren sidder under skærmen. Hold koden stille i et par centimeters afstand, på papir eller telefon."
        ),
        "type_code": "Skriv koden i stedet",
        "eight": "Skriv de otte tegn",
        "eight_text": "Koden står nederst i din invitation. Bogstaverne I, L, O og U bruges ikke.",
        "code_label": "Kode",
        "code_wrong": "Den kode kender vi ikke. Prøv igen, eller bed receptionen om hjælp.",
        "rules": "Husets regler",
        "accept": "Jeg accepterer",
        "clear": "Ryd underskrift",
        "hello": "Velkommen, {name}",
        "told": "{host} har fået besked i Teams og henter dig her i receptionen.",
        "badge": "Dit gæstekort printes nu. Brug koden på kortet, når du går igen.",
        "waiting": "Svarer {host} ikke inden for fem minutter, giver vi receptionen besked.",
        "clears": "Skærmen ryddes om 8 sekunder",
        "unknown": "Den kode er ikke fra os",
        "unknown_text": (
            "Det ligner en kode til et trådløst netværk. Hold den kode frem, som står i din invitation, eller "
            "registrér dig uden kode."
        ),
        "bye": "Tak for besøget",
        "bye_text": "Du er tjekket ud. Kom godt hjem.",
        "notice_title": "Sådan bruger vi dine oplysninger",
        "in_house": "I bygningen nu",
        "in_house_text": "3 personer · 1 formodes at være gået. Tryk på en person, når vedkommende er fundet.",
        "nobody": "Ingen gæster i bygningen",
        "print": "Print listen",
        "assumed": "formodet gået",
        "pin": "Administrator",
        "pin_text": "Indtast de seks cifre.",
        "locked": "For mange forsøg. Prøv igen om 5 minutter.",
        "still": "Er du der stadig?",
        "still_text": "Om lidt rydder vi skærmen, så ingen ser, hvad du har skrevet.",
        "more": "Ja, giv mig mere tid",
        "quit": "Nej, ryd skærmen",
    },
    "en": {
        "welcome": "Welcome",
        "intro": "Sign in here and we will tell your host.",
        "visit": "I am visiting",
        "visit_detail": "Name, host, done – in less than half a minute",
        "qr": "I have a QR code",
        "qr_detail": "Hold the invitation in front of the reader",
        "leave": "I am leaving",
        "leave_detail": "Sign out",
        "delivery": "I have a delivery",
        "delivery_detail": "We will call reception",
        "code": "I have a code of eight characters",
        "code_detail": "You find it in your invitation",
        "privacy": "Your details are deleted after 14 days · Read more",
        "note": "Deleted after 14 days · Read more",
        "clock": "Sunday 22 November · 11:42",
        "notice": "The printer is out of labels. You can still sign in, and reception will write your badge.",
        "help": "Help",
        "aids": "Reading aids",
        "back": "Back",
        "next": "Next",
        "done": "Done",
        "types": "What brings you here?",
        "types_text": "Choose what fits best.",
        "guest": "Guest",
        "craftsman": "Contractor or service technician",
        "interview": "Job interview",
        "course": "Course participant",
        "supplier": "Supplier",
        "other": "Something else",
        "group": "There are several of us",
        "whom": "Whom are you visiting?",
        "letters": "Type at least three letters of the name.",
        "too_many": "Many people have that name. Type more of it, for example the last name.",
        "not_listed": "My host is not listed",
        "available": "Available",
        "busy": "Busy",
        "away": "Not present",
        "who": "Who are you?",
        "who_text": "You are visiting {host}.",
        "name": "Name",
        "email": "E-mail",
        "phone": "Phone",
        "company": "Company",
        "plate": "Licence plate",
        "person": "Contact person on site",
        "reason": "What is your visit about?",
        "optional": "(optional)",
        "email_error": "Type an e-mail address like name@company.com, or leave the field empty.",
        "add_guest": "Add another guest",
        "scan": "Hold your code in front of the reader",
        "scan_text": (
            "The reader is beneath the screen. Hold the code still a few centimetres away, on paper or on a phone."
        ),
        "type_code": "Type the code instead",
        "eight": "Type the eight characters",
        "eight_text": "The code is at the bottom of your invitation. The letters I, L, O and U are not used.",
        "code_label": "Code",
        "code_wrong": "We do not know that code. Try again, or ask reception for help.",
        "rules": "House rules",
        "accept": "I accept",
        "clear": "Clear signature",
        "hello": "Welcome, {name}",
        "told": "{host} has been told in Teams and will meet you here in reception.",
        "badge": "Your badge is being printed. Use the code on it when you leave.",
        "waiting": "If {host} does not answer within five minutes, we will tell reception.",
        "clears": "The screen clears in 8 seconds",
        "unknown": "That code is not one of ours",
        "unknown_text": (
            "It looks like a code for a wireless network. Hold up the code from your invitation, or sign in "
            "without one."
        ),
        "bye": "Thank you for your visit",
        "bye_text": "You are signed out. Have a good trip home.",
        "notice_title": "How we use your details",
        "in_house": "In the building now",
        "in_house_text": "3 people · 1 is assumed to have left. Tap a person when they have been found.",
        "nobody": "No guests in the building",
        "print": "Print the list",
        "assumed": "assumed gone",
        "pin": "Administrator",
        "pin_text": "Enter the six digits.",
        "locked": "Too many tries. Try again in 5 minutes.",
        "still": "Are you still there?",
        "still_text": "In a moment we clear the screen, so that nobody sees what you typed.",
        "more": "Yes, give me more time",
        "quit": "No, clear the screen",
    },
    "es": {
        "welcome": "Bienvenido",
        "intro": "Regístrese aquí y avisaremos a su anfitrión.",
        "visit": "Vengo de visita",
        "visit_detail": "Nombre, anfitrión y listo: en menos de medio minuto",
        "qr": "Tengo un código QR",
        "qr_detail": "Acerque la invitación al lector",
        "leave": "Me marcho",
        "leave_detail": "Registrar la salida",
        "delivery": "Traigo un paquete",
        "delivery_detail": "Avisaremos a recepción",
        "code": "Tengo un código de ocho caracteres",
        "code_detail": "Lo encontrará en su invitación",
        "privacy": "Sus datos se borran al cabo de 14 días · Más información",
        "note": "Se borran en 14 días · Más información",
        "clock": "domingo 22 de noviembre · 11:42",
        "notice": "La impresora no tiene etiquetas. Puede registrarse igualmente; recepción escribirá su tarjeta.",
        "help": "Ayuda",
        "aids": "Ayudas de lectura",
        "back": "Atrás",
        "next": "Siguiente",
        "done": "Listo",
        "types": "¿Qué le trae por aquí?",
        "types_text": "Elija lo que mejor corresponda.",
        "guest": "Visitante",
        "craftsman": "Contratista o técnico de mantenimiento",
        "interview": "Entrevista de trabajo",
        "course": "Participante en un curso",
        "supplier": "Proveedor",
        "other": "Otra cosa",
        "group": "Venimos varias personas juntas",
        "whom": "¿A quién visita?",
        "letters": "Escriba al menos tres letras del nombre.",
        "too_many": "Hay muchas personas con ese nombre. Escriba algo más, por ejemplo el apellido.",
        "not_listed": "Mi anfitrión no está en la lista",
        "available": "Disponible",
        "busy": "Ocupado",
        "away": "Ausente",
        "who": "¿Quién es usted?",
        "who_text": "Visita a {host}.",
        "name": "Nombre y apellidos",
        "email": "Correo electrónico",
        "phone": "Teléfono",
        "company": "Empresa",
        "plate": "Matrícula del vehículo",
        "person": "Persona de contacto",
        "reason": "¿Cuál es el motivo de la visita?",
        "optional": "(opcional)",
        "email_error": "Escriba un correo como nombre@empresa.es o deje el campo vacío.",
        "add_guest": "Añadir otro visitante",
        "scan": "Acerque su código al lector",
        "scan_text": (
            "El lector está debajo de la pantalla. Sostenga el código a unos centímetros, en papel o en el teléfono."
        ),
        "type_code": "Prefiero escribir el código",
        "eight": "Escriba los ocho caracteres",
        "eight_text": "El código está al pie de su invitación. No se usan las letras I, L, O ni U.",
        "code_label": "Código",
        "code_wrong": "No conocemos ese código. Inténtelo de nuevo o pida ayuda en recepción.",
        "rules": "Normas de la casa",
        "accept": "Acepto las normas",
        "clear": "Borrar la firma",
        "hello": "Bienvenido, {name}",
        "told": "Hemos avisado a {host} por Teams y le recogerá aquí, en recepción.",
        "badge": "Su tarjeta se está imprimiendo. Use el código de la tarjeta al salir.",
        "waiting": "Si {host} no responde en cinco minutos, avisaremos a recepción.",
        "clears": "La pantalla se borrará en 8 segundos",
        "unknown": "Ese código no es nuestro",
        "unknown_text": (
            "Parece un código de una red inalámbrica. Acerque el código de su invitación o regístrese sin código."
        ),
        "bye": "Gracias por su visita",
        "bye_text": "Hemos registrado su salida. Buen viaje de vuelta.",
        "notice_title": "Cómo usamos sus datos",
        "in_house": "Personas en el edificio",
        "in_house_text": "3 personas · 1 se supone que ha salido. Toque a cada persona cuando la encuentre.",
        "nobody": "No hay visitantes en el edificio",
        "print": "Imprimir la lista",
        "assumed": "se supone que salió",
        "pin": "Administración",
        "pin_text": "Introduzca las seis cifras.",
        "locked": "Demasiados intentos. Inténtelo de nuevo dentro de 5 minutos.",
        "still": "¿Sigue ahí?",
        "still_text": "En un momento borraremos la pantalla para que nadie vea lo que ha escrito.",
        "more": "Sí, necesito más tiempo",
        "quit": "No, borrar la pantalla",
    },
}

RULES: dict[str, tuple[str, ...]] = {
    "da": (
        "Bær dit gæstekort synligt, så længe du er i huset, og følges med din vært.",
        "Billeder og optagelser kræver tilladelse. Det, du ser på skærme og tavler, er fortroligt.",
        "Ved brandalarm går du ud ad nærmeste udgang og til samlingsstedet på kajen. Brug ikke elevatoren.",
        "Rygning er kun tilladt i gården.",
    ),
    "en": (
        "Wear your badge where it is seen for as long as you are in the building, and stay with your host.",
        "Photographs and recordings need permission. What you see on screens and boards is confidential.",
        (
            "If the fire alarm sounds, leave by the nearest exit and go to the assembly point on the quay. Do "
            "not use the lift."
        ),
        "Smoking is only allowed in the courtyard.",
    ),
    "es": (
        "Lleve la tarjeta a la vista mientras esté en el edificio y permanezca con su anfitrión.",
        "Las fotografías y grabaciones requieren permiso. Lo que vea en pantallas y pizarras es confidencial.",
        (
            "Si suena la alarma de incendios, salga por la salida más cercana y diríjase al punto de encuentro"
            " del muelle. No use el ascensor."
        ),
        "Solo se permite fumar en el patio.",
    ),
}

NOTICE: dict[str, tuple[str, ...]] = {
    "da": (
        "Nordhavn Kontorhus A/S, Havnegade 1, 2150 Nordhavn, er ansvarlig for oplysningerne.",
        (
            "Vi gemmer dit navn, din e-mail, dit telefonnummer, hvem du besøger, og hvornår du kom og gik. Vi "
            "bruger det til at give din vært besked og til at vide, hvem der er i bygningen, hvis den skal "
            "tømmes. Grundlaget er vores legitime interesse i sikkerhed (databeskyttelsesforordningens artikel"
            " 6, stk. 1, litra f)."
        ),
        (
            "Oplysningerne er krypterede og slettes efter 14 dage. Derefter er kun et dagligt antal tilbage. "
            "De gives ikke videre."
        ),
        (
            "Du har ret til at se dine oplysninger, få dem rettet eller slettet og gøre indsigelse. Skriv til "
            "privacy@nordhavn.example. Du kan klage til Datatilsynet, datatilsynet.dk."
        ),
    ),
    "en": (
        "Nordhavn Kontorhus A/S, Havnegade 1, 2150 Nordhavn, Denmark, is responsible for the data.",
        (
            "We keep your name, your e-mail address, your phone number, whom you visit, and when you came and "
            "left. We use it to tell your host and to know who is in the building should it have to be "
            "cleared. The basis is our legitimate interest in safety (GDPR article 6(1)(f))."
        ),
        "The data is encrypted and deleted after 14 days. Only a daily count is left then. It is not passed on.",
        (
            "You have the right to see your data, to have it corrected or deleted, and to object. Write to "
            "privacy@nordhavn.example. You may complain to the Danish data protection agency, datatilsynet.dk."
        ),
    ),
    "es": (
        "El responsable de los datos es Nordhavn Kontorhus A/S, Havnegade 1, 2150 Nordhavn, Dinamarca.",
        (
            "Guardamos su nombre, su correo electrónico, su teléfono, a quién visita y cuándo llegó y se "
            "marchó. Lo usamos para avisar a su anfitrión y para saber quién está en el edificio si hay que "
            "evacuarlo. La base jurídica es nuestro interés legítimo en la seguridad (artículo 6.1.f del "
            "RGPD)."
        ),
        (
            "Los datos están cifrados y se borran al cabo de 14 días; después solo queda un recuento diario. "
            "No se ceden a terceros."
        ),
        (
            "Tiene derecho a consultar sus datos, a rectificarlos o borrarlos y a oponerse a su tratamiento. "
            "Escriba a privacy@nordhavn.example. Puede reclamar ante la autoridad danesa, datatilsynet.dk."
        ),
    ),
}

"""What each permission is for, in the words of docs/entra-exchange*.md: one line in each language of the product."""

from __future__ import annotations

from collections.abc import Mapping

TEXTS: Mapping[str, Mapping[str, str]] = {
    "Calendars.Read": {
        "en": "Read the room's own calendar, so that the screen can show whether the room is free.",
        "da": "Læse lokalets egen kalender, så skærmen kan vise, om lokalet er ledigt.",
        "es": "Leer el calendario propio de la sala, para que la pantalla muestre si está libre.",
    },
    "Calendars.Read.Shared": {
        "en": "Read the calendars of those rooms that the device account was given rights on, and no others.",
        "da": "Læse kalenderne for de lokaler, som enhedskontoen har fået rettigheder til, og ingen andre.",
        "es": "Leer los calendarios de las salas sobre las que la cuenta del dispositivo tiene permisos, y no otros.",
    },
    "Calendars.ReadBasic": {
        "en": "See when other rooms are taken, without what their meetings are about.",
        "da": "Se, hvornår andre lokaler er optaget, uden at se hvad møderne handler om.",
        "es": "Ver cuándo están ocupadas otras salas, sin ver de qué tratan las reuniones.",
    },
    "Calendars.ReadWrite": {
        "en": "Read and book in the room's own calendar: book, extend, end early, release and check in at the door.",
        "da": "Læse og booke i lokalets egen kalender: booke, forlænge, afslutte, frigive og tjekke ind ved døren.",
        "es": "Leer y reservar en el calendario propio de la sala: reservar, alargar, terminar antes y liberar.",
    },
    "Calendars.ReadWrite.Shared": {
        "en": "Read and book in the calendars of the rooms that the device account was given rights on, not in others.",
        "da": "Læse og booke i kalenderne for de lokaler, som enhedskontoen har fået rettigheder til, og ingen andre.",
        "es": "Leer y reservar en los calendarios de las salas sobre las que la cuenta tiene permisos, y no en otros.",
    },
    "Place.Read.All": {
        "en": "Read name, floor, seats and equipment of the rooms, to show them and to offer another free room.",
        "da": "Læse lokalernes navn, etage, pladser og udstyr for at vise dem og foreslå et andet ledigt lokale.",
        "es": "Leer nombre, planta, plazas y equipamiento de las salas, para mostrarlos y proponer otra sala libre.",
    },
    "User.ReadBasic.All": {
        "en": "Find a colleague by name, to book in that name or to tell the host that a guest is here.",
        "da": "Finde en kollega ved navn for at booke i det navn eller give værten besked om en gæst.",
        "es": "Buscar a un colega por su nombre, para reservar a su nombre o avisar al anfitrión de una visita.",
    },
    "User.Read.All": {
        "en": "Read hosts' department and language too: to tell two of one name apart, to write in a host's language.",
        "da": "Læse værters afdeling og sprog ud over navnet, så gæsten kan skelne dem, og værten kan læse beskeden.",
        "es": "Leer también departamento e idioma de los anfitriones: para distinguirlos y escribirles en su idioma.",
    },
    "GroupMember.Read.All": {
        "en": "Search among the members of one group only, instead of everybody in the organisation.",
        "da": "Søge kun blandt medlemmerne af én gruppe i stedet for alle i organisationen.",
        "es": "Buscar solo entre los miembros de un grupo, y no entre toda la organización.",
    },
    "Presence.Read.All": {
        "en": "See whether the host is available while a guest signs in; it is not stored.",
        "da": "Se, om værten er tilgængelig, mens gæsten registrerer sig; det gemmes ikke.",
        "es": "Ver si el anfitrión está disponible mientras la visita se registra; no se guarda.",
    },
    "ProfilePhoto.Read.All": {
        "en": "Show the picture of the host whose full name the guest has typed; it is never stored.",
        "da": "Vise billedet af den vært, hvis fulde navn gæsten har skrevet; det gemmes aldrig.",
        "es": "Mostrar la foto del anfitrión cuyo nombre completo ha escrito la visita; no se guarda nunca.",
    },
    "Mail.Send": {
        "en": "Send a short mail from the device account: to a guest's host, or about a fault in the room.",
        "da": "Sende en kort mail fra enhedskontoen: til en gæsts vært eller om en fejl i lokalet.",
        "es": "Enviar un correo breve desde la cuenta del dispositivo: al anfitrión, o sobre una avería de la sala.",
    },
    "Chat.Create": {
        "en": "Open a Teams chat between the device account and the host whose guest has arrived.",
        "da": "Åbne en Teams-chat mellem enhedskontoen og den vært, hvis gæst er kommet.",
        "es": "Abrir un chat de Teams entre la cuenta del dispositivo y el anfitrión cuya visita ha llegado.",
    },
    "ChatMessage.Send": {
        "en": "Tell the host in that chat that the guest is here.",
        "da": "Fortælle værten i den chat, at gæsten er her.",
        "es": "Avisar al anfitrión en ese chat de que su visita está aquí.",
    },
    "Chat.Read": {
        "en": "Read the host's answer in the device account's own chats for ten minutes, to show it to the guest.",
        "da": "Læse værtens svar i enhedskontoens egne chats i ti minutter for at vise det til gæsten.",
        "es": "Leer durante diez minutos la respuesta del anfitrión en los chats propios de la cuenta, para la visita.",
    },
    "offline_access": {
        "en": "Stay signed in, so that nobody has to sign the screen in every hour.",
        "da": "Forblive logget ind, så ingen skal logge skærmen ind hver time.",
        "es": "Mantener la sesión iniciada, para que nadie tenga que iniciarla cada hora.",
    },
    "openid": {
        "en": "Know which account signed in, so that a wrong one is thrown away.",
        "da": "Vide, hvilken konto der loggede ind, så en forkert konto afvises.",
        "es": "Saber qué cuenta ha iniciado sesión, para rechazar una equivocada.",
    },
    "profile": {
        "en": "Read that account's name, to say who is signed in.",
        "da": "Læse kontoens navn for at kunne sige, hvem der er logget ind.",
        "es": "Leer el nombre de esa cuenta, para decir quién ha iniciado sesión.",
    },
}

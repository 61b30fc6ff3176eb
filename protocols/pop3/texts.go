package pop3

// text is what a reply says to people, a row of [language.texts].
type text uint8

const (
	textReady text = iota
	textGoodbye
	textNothingDone
	textCapabilities
	textLanguages
	textLanguage // tag, name
	textNoLanguage
	textUTF8
	textBeginTLS
	textNoTLS
	textTLSAlready
	textSTLSFirst
	textTLSWanted
	textUserName
	textPassword
	textUserFirst
	textWrongLogin
	textThrottled
	textTooSoon
	textMalformedLogin
	textMechanisms
	textNoMechanism
	textNoBase64
	textCancelled
	textInUse
	textMessages // messages, octets
	textOctets   // octets
	textNoNumber // what was sent
	textNoMessage
	textIsDeleted // message
	textDeleted   // message
	textTopUsage
	textGone
	textDamaged
	textLater
	textNotRemoved
	textTooLong
	textNoCommand
	textNotNow
	textNoArgument // keyword
	texts          // how many there are
)

// language is one that LANG knows, RFC 6856 section 3.
type language struct {
	tag, name string // RFC 5646; what it calls itself
	texts     *[texts]string
}

// languages has the default of RFC 2277, section 4.5, first. LANG * gives the next one, the server's own.
var languages = []language{
	{"i-default", "English", &english},
	{"en", "English", &english},
	{"de", "Deutsch", &german},
}

var english = [texts]string{
	textReady:          "Gannet POP3 ready",
	textGoodbye:        "goodbye",
	textNothingDone:    "nothing done",
	textCapabilities:   "capabilities follow",
	textLanguages:      "languages follow",
	textLanguage:       "%s %s from now on",
	textNoLanguage:     "no such language",
	textUTF8:           "UTF-8",
	textBeginTLS:       "begin TLS",
	textNoTLS:          "no TLS here",
	textTLSAlready:     "TLS is on already",
	textSTLSFirst:      "STLS comes before UTF8",
	textTLSWanted:      "no passwords without TLS",
	textUserName:       "USER wants a name",
	textPassword:       "now the password",
	textUserFirst:      "USER comes first",
	textWrongLogin:     "wrong login or password",
	textThrottled:      "too many attempts, try again later",
	textTooSoon:        "wait %d seconds between logins, CAPA tells how many",
	textMalformedLogin: "malformed authentication message",
	textMechanisms:     "mechanisms follow",
	textNoMechanism:    "mechanism not offered",
	textNoBase64:       "that is no base64",
	textCancelled:      "cancelled",
	textInUse:          "another session has this maildrop",
	textMessages:       "%d messages (%d octets)",
	textOctets:         "%d octets",
	textNoNumber:       "%+.20q is no message number",
	textNoMessage:      "no such message, there are %d",
	textIsDeleted:      "message %d is deleted",
	textDeleted:        "message %d deleted",
	textTopUsage:       "TOP wants a message number and a number of lines",
	textGone:           "the message is gone",
	textDamaged:        "the stored message is damaged",
	textLater:          "try again later",
	textNotRemoved:     "some deleted messages were not removed",
	textTooLong:        "line too long",
	textNoCommand:      "no such command",
	textNotNow:         "not now",
	textNoArgument:     "%s takes no argument",
}

var german = [texts]string{
	textReady:          "Gannet POP3 ist bereit",
	textGoodbye:        "auf Wiedersehen",
	textNothingDone:    "nichts getan",
	textCapabilities:   "es folgen die Fähigkeiten",
	textLanguages:      "es folgen die Sprachen",
	textLanguage:       "%s ab jetzt %s",
	textNoLanguage:     "diese Sprache gibt es hier nicht",
	textUTF8:           "UTF-8",
	textBeginTLS:       "TLS kann beginnen",
	textNoTLS:          "hier gibt es kein TLS",
	textTLSAlready:     "TLS ist schon an",
	textSTLSFirst:      "STLS kommt vor UTF8",
	textTLSWanted:      "keine Passwörter ohne TLS",
	textUserName:       "USER braucht einen Namen",
	textPassword:       "jetzt das Passwort",
	textUserFirst:      "zuerst kommt USER",
	textWrongLogin:     "Name oder Passwort falsch",
	textThrottled:      "zu viele Versuche, bitte später noch einmal",
	textTooSoon:        "zwischen Anmeldungen %d Sekunden warten, CAPA nennt die Zahl",
	textMalformedLogin: "die Anmeldung ist nicht wohlgeformt",
	textMechanisms:     "es folgen die Verfahren",
	textNoMechanism:    "dieses Verfahren wird nicht angeboten",
	textNoBase64:       "das ist kein Base64",
	textCancelled:      "abgebrochen",
	textInUse:          "eine andere Sitzung hat dieses Postfach",
	textMessages:       "%d Nachrichten (%d Oktette)",
	textOctets:         "%d Oktette",
	textNoNumber:       "%+.20q ist keine Nummer einer Nachricht",
	textNoMessage:      "diese Nachricht gibt es nicht, es sind %d",
	textIsDeleted:      "Nachricht %d ist gelöscht",
	textDeleted:        "Nachricht %d gelöscht",
	textTopUsage:       "TOP braucht die Nummer einer Nachricht und eine Zahl von Zeilen",
	textGone:           "die Nachricht ist nicht mehr da",
	textDamaged:        "die gespeicherte Nachricht ist beschädigt",
	textLater:          "bitte später noch einmal",
	textNotRemoved:     "einige gelöschte Nachrichten sind noch da",
	textTooLong:        "die Zeile ist zu lang",
	textNoCommand:      "diesen Befehl gibt es nicht",
	textNotNow:         "jetzt nicht",
	textNoArgument:     "nach %s kommt nichts",
}

package archive

import (
	"strings"

	"github.com/gannetmail/gannet/store"
)

// wellKnown are the names that programs in several languages give the folders that have a role, in lower case.
var wellKnown = map[store.Role][]string{
	store.Inbox: {"inbox"},
	store.Sent: {"sent", "sent items", "sent messages", "sent mail", "sent-mail", "sentmail", "gesendet", "gesendete objekte",
		"gesendete elemente", "gesendete nachrichten", "éléments envoyés", "messages envoyés", "envoyés", "enviados", "elementos enviados",
		"posta inviata", "inviata", "verzonden", "verzonden items", "skickat", "sendt", "wysłane", "отправленные"},
	store.Trash: {"trash", "deleted", "deleted items", "deleted messages", "bin", "papierkorb", "gelöscht", "gelöschte objekte",
		"gelöschte elemente", "corbeille", "éléments supprimés", "papelera", "elementos eliminados", "lixeira", "cestino", "posta eliminata",
		"prullenbak", "verwijderde items", "papperskorgen", "kosz", "удаленные"},
	store.Junk: {"junk", "junk e-mail", "junk email", "junk mail", "spam", "spamverdacht", "bulk mail", "courrier indésirable", "pourriel",
		"correo no deseado", "posta indesiderata", "ongewenste e-mail", "skräppost", "спам"},
	store.Drafts: {"drafts", "draft", "entwürfe", "entwurf", "brouillons", "borradores", "rascunhos", "bozze", "concepten", "utkast",
		"wersje robocze", "черновики"},
	store.Archive: {"archive", "archives", "archiv", "archivo", "archivio", "archief"},
}

// RoleOf is the role that a top folder of this name has in most programs; empty: none.
func RoleOf(name string) store.Role {
	name = strings.ToLower(strings.TrimSpace(name))
	for role, names := range wellKnown {
		for _, n := range names {
			if n == name {
				return role
			}
		}
	}
	return ""
}

// Package autodiscover tells mail programs where this server's services are, from one table.
//
//	/autodiscover/autodiscover.xml             MS-OXDISCO POX, mobilesync and outlook schemas; Basic
//	/autodiscover/autodiscover.json            version 2, also …/v1.0/<address> and …/v1.1/<address>; open
//	/mail/config-v1.1.xml                      Mozilla autoconfig; open
//	/.well-known/autoconfig/mail/config-v1.1.xml
//	/apple.mobileconfig?email=<address>        Apple profile with an Exchange account; open
//	/autodiscover/apple.mobileconfig
//
// Paths match in any case and with trailing slashes. Open answers depend on the address that was asked
// for by its text only: they are the same whether or not there is such an account, so nobody can probe.
// The Apple profile holds no secret, the phone asks its owner for the password; it is not signed.
//
// Only what is served is named: a kind of listener that is not in [Options].Endpoints is not in any
// document. The redirect of plain HTTP is not needed, since nothing is served there.
package autodiscover

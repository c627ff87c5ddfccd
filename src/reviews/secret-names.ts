// Files that hold keys and passwords, by their names and folders.

/** Names of files that hold keys and passwords. Samples of them are none. */
const SECRETS = [
  /^\.env(?:[._-](?!(?:example|sample|template|dist|defaults?)$)[\w.-]+)?$/i,
  /^(?!(?:example|sample|template|defaults?)\.)[^/]+\.env$/i,
  /^(?:\.envrc|\.npmrc|\.pypirc|\.netrc|\.pgpass|\.htpasswd|\.git-credentials|\.dockercfg)$/i,
  /^id_(?:rsa|dsa|ecdsa|ed25519)(?:[._-](?!(?:.*[._-])?pub$)[\w.-]+)?$/i,
  /^credentials(?:\.json)?$|^secrets?\.(?:ya?ml|json|toml|ini|properties|txt)$/i,
  /\.(?:pem|key|p8|p12|pfx|jks|keystore|kdbx)$|\.tfstate(?:\.backup)?$/i,
];

/** What programs keep their keys in. Projects have a `.aws` and a `.docker` too, without what a login leaves there. */
const SECRET_FOLDERS = [
  /(?:^|\/)(?:\.ssh|\.gnupg|\.kube|\.config\/(?:gh|gcloud))\/./i,
  /(?:^|\/)\.aws\/(?:config$|credentials|(?:sso|cli)\/.)/i,
  /(?:^|\/)\.docker\/(?:config\.json$|contexts\/.)/i,
];

/** Whether a file lies where programs keep their keys. */
export function isInSecretFolder(path: string): boolean {
  return SECRET_FOLDERS.some((pattern) => pattern.test(path));
}

/** Whether the path of a file says that it may hold secrets: its name, or a folder that is known for them. */
export function isSecretName(path: string): boolean {
  if (isInSecretFolder(path)) return true;
  const name = path.slice(path.lastIndexOf("/") + 1);
  return SECRETS.some((pattern) => pattern.test(name));
}

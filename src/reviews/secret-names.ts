// Files that hold keys and passwords, by their names.

/** Names of files that hold keys and passwords. Samples of them are none. */
const SECRETS = [
  /^\.env(?:[._-](?!(?:example|sample|template|dist|defaults?)$)[\w.-]+)?$/i,
  /^(?!(?:example|sample|template|defaults?)\.)[^/]+\.env$/i,
  /^(?:\.envrc|\.npmrc|\.pypirc|\.netrc|\.pgpass|\.htpasswd|\.git-credentials|\.dockercfg)$/i,
  /^id_(?:rsa|dsa|ecdsa|ed25519)(?:[._-](?!(?:.*[._-])?pub$)[\w.-]+)?$/i,
  /^credentials(?:\.json)?$|^secrets?\.(?:ya?ml|json|toml|ini|properties|txt)$/i,
  /\.(?:pem|key|p8|p12|pfx|jks|keystore|kdbx)$|\.tfstate(?:\.backup)?$/i,
];

/** Whether the name of a file, the last part of its path, says that it may hold secrets. */
export function isSecretName(path: string): boolean {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return SECRETS.some((pattern) => pattern.test(name));
}

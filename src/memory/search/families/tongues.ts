// The trade's words in other languages in which entries and questions are written, beside the English ones.
export const TONGUES = `
login, anmeldung, anmelden, einloggen, inicio de sesion, iniciar sesion, acceso, connexion, ログイン, 認証
password, passwort, kennwort, contrasena, clave, mot de passe, senha, パスワード
credentials, zugangsdaten, credenciales, identifiants
permission, berechtigung, rechte, zugriff, permiso, permisos, droits, 権限
user, benutzer, nutzer, usuario, usuarios, utilisateur, 利用者, ユーザー
customer, kunde, kunden, cliente, clientes, client, clients, 顧客, 客
privacy, datenschutz, privacidad, proteccion de datos, confidentialite, 個人情報
encrypt, verschlusselt, verschlusselung, cifrado, cifrar, chiffre, chiffrement, 暗号, 暗号化
certificate, zertifikat, certificado, certificat, 証明書
limit, grenze, begrenzung, hochstens, obergrenze, limite, limites, maximo, como maximo, 上限, 制限
retry, wiederholung, wiederholen, erneut, versuch, reintento, reintentos, reintentar, nouvel essai, 再試行, 再送
wait, warten, wartezeit, espera, esperar, attente, 待ち, 待ち時間
timeout, zeitlimit, zeituberschreitung, abbruch, tiempo de espera, 時間切れ
duplicate, doppelt, doppelte, dopplung, duplicado, duplicados, doble, dobles, doublon, double, 重複, 二重
cache, zwischenspeicher, gemerkt, 保存
queue, warteschlange, cola, file d'attente, 待ち行列
slow, langsam, lange, lento, lentitud, lent, 遅い
delay, verspatung, verzogerung, retraso, demora, retard, 遅れ, 遅延
outage, ausfall, ausgefallen, storung, caida, averia, panne, 障害, 停止
error, fehler, fallo, falla, erreur, panne, 失敗, エラー
crash, absturz, absturzt, bloqueo, plantage
offline, ohne netz, ohne verbindung, sin conexion, hors ligne, オフライン
connection, verbindung, conexion, connexion, 接続
network, netz, netzwerk, red, reseau, ネットワーク
database, datenbank, base de datos, base de donnees, データベース
table, tabelle, tabla, tableau
migration, umstellung, umzug, migracion, 移行
lock, sperre, gesperrt, bloqueo, cerrojo, verrou, 排他, ロック
backup, sicherung, datensicherung, sicherungskopie, copia de seguridad, copia, copias, respaldo, sauvegarde, バックアップ, 複製, 退避
restore, wiederherstellung, wiederherstellen, restaurar, restauracion, recuperar, restauration, 復元, 復旧
delete, loschen, geloscht, entfernen, borrar, eliminar, supprimer, 削除
retention, aufbewahrung, aufbewahren, conservacion, conservar, conservation, 保存期間, 保持
search, suche, suchen, busqueda, buscar, recherche, 検索
sort, sortierung, ordenar, 並び
import, einlesen, importieren, importar, importacion, 取り込み
export, exportieren, ausfuhr, exportar, 出力
file, datei, dateien, fichero, ficheros, archivo, fichier, ファイル
memory, arbeitsspeicher, speicher, memoria, memoire, メモリ
clock, uhr, uhrzeit, reloj, horloge, 時計, 時刻
daylight saving, zeitumstellung, sommerzeit, winterzeit, horario de verano, cambio de hora, heure d'ete, 夏時間
time zone, zeitzone, zona horaria, huso horario, fuseau horaire
night, nacht, nachts, noche, nuit, 夜
morning, morgen, fruh, manana, matin, 朝
day, tag, tage, dia, dias, jour, 日
week, woche, wochen, semana, semanas, semaine, 週
month, monat, monate, mes, meses, mois, 月
alert, alarm, warnung, meldung, aviso, alerta, alerte, 警告, 通知
notify, benachrichtigen, benachrichtigung, melden, avisar, notificar, notificacion, notifier, 通知, 知らせる, 連絡
test, prufung, prufen, probe, prueba, pruebas, essai, テスト, 検証
version, fassung, 版
change, anderung, andern, cambio, cambiar, changement, 変更
rule, regel, regeln, regla, reglas, regle, 規則
reason, grund, ursache, motivo, causa, raison, 理由, 原因
decision, entscheidung, entschieden, decision, decidido, 決定, 方針
plan, vorgehen, planung, 計画, 方針
payment, zahlung, bezahlen, zahlen, pago, pagos, pagar, cobro, cobros, paiement, 支払, 支払い, 決済, 会計
charge, belastung, abbuchung, cargo, cargos, cobro, debit, 請求
refund, erstattung, ruckerstattung, ruckzahlung, reembolso, devolucion, devolver, remboursement, 返金
invoice, rechnung, rechnungen, factura, facturas, facture, 請求書
credit note, gutschrift, rechnungskorrektur, factura rectificativa, rectificativas, abono, abonos, avoir
tax, steuer, mehrwertsteuer, impuesto, impuestos, iva, taxe, tva, 税
price, preis, preise, precio, precios, prix, 価格, 値段, 料金
discount, rabatt, descuento, promocion, campana, rebaja, remise, 割引
order, bestellung, bestellungen, auftrag, pedido, pedidos, commande, 注文
stock, bestand, lager, existencias, inventario, almacen, inventaire, 在庫, 棚卸し
oversell, uberverkauft, vender mas, existencias negativas, sobreventa, survente
warehouse, lager, almacen, bodega, entrepot, 倉庫
unit, stuck, unidad, unidades, piece
return, rucksendung, retoure, devolucion, retour, 返品
delivery, lieferung, zustellung, entrega, envio, envios, livraison, 配送, 配達
carrier, versanddienst, spediteur, transportista, mensajeria, transporteur, 配送業者
parcel, paket, sendung, paquete, colis, 荷物
address, adresse, anschrift, direccion, adresse, 住所
label, etikett, aufkleber, etiqueta, etiquetas, etiquette
booking, buchung, reservierung, reserva, reservas, reservation, 予約
double booking, doppelbuchung, doppelte buchung, reserva doble, sobrerreserva, 二重予約, 予約の重複
appointment, termin, termine, cita, citas, rendez vous, 予約, 診察
hotel, unterkunft, alojamiento, hebergement, 宿泊, 旅館
guest, gast, gaste, huesped, huespedes, 宿泊客
patient, patienten, paciente, pacientes, bewohner, 患者
doctor, arzt, arzte, medico, medicos, medecin, 医師
insurance, versicherung, seguro, assurance, 保険
medical record, patientenakte, krankenakte, historia clinica, dossier medical, カルテ, 診療記録
sick, krank, krankheit, krankmeldung, enfermo, enfermedad, baja, malade, 病気
substitute, ersatz, vertretung, springer, springt ein, einspringen, sustituto, suplente, remplacant, 代わり
employee, mitarbeiter, mitarbeiterin, angestellte, personal, empleado, empleados, trabajador, employe, 従業員, 社員
shift, schicht, dienst, dienstplan, turno, turnos, equipe, 勤務, シフト
wage, lohn, gehalt, lohnabrechnung, gehaltsabrechnung, lohnzettel, salario, sueldo, nomina, salaire, 給与, 給料
school, schule, escuela, colegio, ecole, 学校
pupil, schuler, schulerin, alumno, alumnos, estudiante, eleve, 生徒, 学生
teacher, lehrer, lehrerin, lehrkraft, profesor, profesores, professeur, 先生, 教師
grade, note, noten, zeugnis, zensur, bewertung, calificacion, nota, notas, 成績
mistake, verwechslung, vertauscht, falsch, equivocacion, confusion, 間違い, 取り違え, 間違え
same name, gleicher name, namensgleichheit, mismo nombre, 同姓同名, 同じ名前, 名前が同じ
train, zug, bahn, tren, 電車, 列車
timetable, fahrplan, horario, horaire, 時刻表
trip, fahrt, fahrten, viaje, viajes, trajet, 便
lift, elevator, aufzug, fahrstuhl, ascensor, ascenseur, エレベーター
stairs, treppe, treppen, escalera, escaleras, escalier, 階段
wheelchair, rollstuhl, silla de ruedas, fauteuil roulant, 車椅子
barrier free, barrierefrei, stufenfrei, accesible, 段差
ticket, fahrkarte, fahrschein, eintrittskarte, billete, entrada, billet, 切符
route, weg, wegsuche, strecke, ruta, camino, itineraire, 経路, ルート
map, karte, mapa, carte, 地図
bus, autobus, バス
car, auto, fahrzeug, coche, vehiculo, voiture, 車
weather, wetter, tiempo meteorologico, clima, meteo, 天気
water, wasser, agua, eau, 水
energy, energie, strom, energia, electricidad, electricite, 電力
power cut, stromausfall, corte de luz, apagon, 停電
battery, batterie, akku, bateria, 電池, バッテリー
solar, photovoltaik, solaranlage, placas solares, fotovoltaica, panneau solaire, 太陽光
inverter, wechselrichter, inversor, onduleur
reading, messwert, messwerte, ablesung, lectura, lecturas, medicion, mesure, 測定, 読み取り
sensor, fuhler, messgerat, sensores, capteur, センサー
gap, lucke, lucken, hueco, huecos, trou
device, gerat, gerate, endgerat, dispositivo, dispositivos, aparato, appareil, 端末, 機器
phone, telefon, handy, telefono, movil, telephone, 電話, 携帯
screen, bildschirm, anzeige, pantalla, ecran, 画面
picture, bild, bilder, foto, fotos, imagen, imagenes, image, 画像, 写真
language, sprache, idioma, lengua, langue, 言語
accent, umlaut, akzent, acento, acentos, tilde
letter, brief, carta, cartas, lettre, 手紙
contract, vertrag, contrato, contrat, 契約
signature, unterschrift, firma, signature, 署名
tenant, mieter, inquilino, locataire
rent, miete, alquiler, loyer, 家賃
store, laden, geschaft, tienda, magasin, 店
restaurant, gaststatte, restaurante, レストラン
hairdresser, stylist, friseur, peluquero, peluqueria, coiffeur, 美容師, 美容院
kitchen, kuche, cocina, cuisine, 台所
child, kind, kinder, nino, ninos, enfant, 子供
name, namen, nombre, nombres, nom, 名前, 氏名
number, nummer, zahl, anzahl, numero, numeros, nombre, 番号, 数
date, datum, fecha, fechas, date, 日付
list, liste, lista, listado, 一覧
rounding, rundung, gerundet, redondeo, redondear, arrondi, 丸め, 丸める
missing, fehlt, fehlend, falta, faltan, manquant, 不足, 欠落
count, zahlung, zahlen, recuento, comptage, 数える
difference, differenz, abweichung, unterschied, diferencia, ecart, 差, 差異, 差異
simultaneous, gleichzeitig, zugleich, a la vez, simultaneo, simultaneos, al mismo tiempo, simultane, 同時
shared, gemeinsam, geteilt, compartido, compartida, partage, 共有
installer, installateur, instalador, installateur
program, programm, programa, programme, プログラム
emergency, notfall, urgencia, emergencia, urgence, 急患, 緊急
expiry, ablauf, abgelaufen, gultig, gultigkeit, caducidad, caduca, vencimiento, expiration, 期限, 有効期限, 期限切れ
reject, abgelehnt, ablehnen, verworfen, rechazar, rechazado, rechaza, refuser, 拒否
take over, ubernommen, ubernehmen, adoptar, reprendre
`;

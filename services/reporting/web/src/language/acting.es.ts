import type { actingInEnglish } from "./acting.en.ts";

const plural = (count: number, one: string, many: string) =>
  `${count.toLocaleString("es")} ${count === 1 ? one : many}`;

/** Lo que dice la página a quien entra y actúa. */
export const actingInSpanish: typeof actingInEnglish = {
  session: {
    logIn: "Entrar",
    logOut: "Salir",
    name: "Nombre",
    password: "Contraseña",
    needed: "Entre para ver lo que ve Vigia",
    readOnly: "Solo para mirar: esta página no tiene usuarios",
    roles: { viewer: "observador", operator: "operador" },
  },
  confirm: "Confirmar",
  cancel: "Cancelar",
  working: "Un momento…",
  reason: "Por qué, para que conste",
  until: "Hasta",
  optional: "puede quedar vacío",
  given: (count) => plural(count, "orden dada", "órdenes dadas"),

  run: {
    label: "Ejecutar",
    title: (task) => `Ejecutar ${task} ahora`,
    text: "Se ejecuta aparte de su horario, en cuanto no haya otra ejecución suya en marcha.",
  },
  pause: {
    label: "Pausar",
    title: (task) => `Pausar ${task}`,
    text: "Su horario se detiene. Lo que toque entretanto se omite y no se recupera. Sin una hora, espera a que se reanude.",
    since: (until, reason) => [until && `hasta ${until}`, reason].filter(Boolean).join(": "),
  },
  resume: {
    label: "Reanudar",
    title: (task) => `Reanudar ${task}`,
    text: "Su horario sigue desde el próximo instante.",
  },
  resync: {
    label: "Resincronizar",
    title: "Resincronizar bloques",
    text: "Lee otra vez estos bloques y rehace lo que se sigue de ellos. Entretanto se sigue sincronizando.",
    from: "Primer bloque",
    to: "Último bloque",
    progress: (done, to) => `por el bloque ${done} de ${to}`,
  },
  acknowledge: {
    label: "Atender",
    title: (issue) => `Atender ${issue}`,
    text: "Alguien se ocupa. Queda así hasta que su comprobación ya no la encuentre.",
  },
  snooze: {
    label: "Aplazar",
    title: (issue) => `Aplazar ${issue}`,
    text: "Se abre otra vez desde entonces, si sigue ahí.",
  },
  reopen: {
    label: "Reabrir",
    title: (issue) => `Reabrir ${issue}`,
    text: "Retira que se atendía o que se aplazó.",
  },
  markAll: {
    acknowledge: (count) => `Atender las ${count}`,
    snooze: (count) => `Aplazar las ${count}`,
    which: (count, total) =>
      count < total ? `Las ${count} más graves de las ${total} que coinciden.` : `Las ${count} que coinciden.`,
  },
  redeliver: {
    label: "Reintentar",
    title: (channel) => `Reintentar por ${channel}`,
    all: (count, channel) => `Reintentar los ${count} por ${channel}`,
    text: "Se entrega como si acabara de llegar, durante tres días como mucho. Resuelve antes la causa.",
  },
  replay: {
    one: "Devolver",
    oneTitle: (sequence) => `Devolver el mensaje ${sequence}`,
    ticked: (count) => `Devolver ${count} marcados`,
    all: (count) => `Devolver los ${count}`,
    allTitle: (count, consumer) => `Devolver los ${count} de ${consumer}`,
    text: "Pone el mensaje otra vez donde llegó, con todos sus intentos. Arregle antes la causa.",
  },

  actions: {
    heading: "Lo que se hizo",
    caption: "Órdenes dadas en esta página, las más recientes primero",
    empty: "Todavía nadie ha dado una orden aquí.",
    when: "Cuándo",
    who: "Quién",
    what: "Qué",
    outcome: "Resultado",
    statuses: {
      sent: "enviada",
      unconfirmed: "sin confirmar",
      accepted: "en marcha",
      completed: "hecha",
      rejected: "rechazada",
      failed: "fallida",
    },
  },
  deadLetters: {
    heading: "Mensajes sin tratar",
    caption: "Mensajes que no pudieron tratarse, los más recientes primero",
    empty: "Ninguno: todos los mensajes se trataron o se devolvieron.",
    consumer: "De quién",
    allConsumers: "De todos",
    message: "Mensaje",
    error: "Error",
    tries: "Intentos",
    when: "Cuándo",
    tick: (sequence) => `Marcar el mensaje ${sequence}`,
    id: "Identificador",
    headers: "Cabeceras",
    body: "Cuerpo",
    isBase64: "no es texto; se muestra en base64",
    isCut: "El resto está cortado.",
  },
  locks: {
    heading: "Bloqueos",
    caption: "El bloqueo de cada tarea y quién lo tiene",
    lock: "Bloqueo",
    holder: "Lo tiene",
    since: "Desde",
    lease: "Vence",
    fence: "Barrera",
    free: "libre",
    byHand:
      "Ningún bloqueo se libera a mano: el de un proceso muerto pasa a otro en segundos, y el de uno vivo termina con su ejecución o con su plazo. Para terminar antes una ejecución, detenga el proceso que la tiene; la devuelve.",
  },
  issueStatus: "Estado de las incidencias",
  noSuchIssues: "Ninguna.",
};

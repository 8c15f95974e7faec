import type { Advice } from "./advice.en.ts";

/** Por qué importa lo que halla cada comprobación y qué debe hacer quien lo lee. */
export const adviceInSpanish: Readonly<Record<string, Advice>> = {
  ORDER_ESCROW_MISSING: {
    why: "El comprador puede pagar por un dinero que no está ahí.",
    remedy:
      "Mira si chain-sync va con retraso. Si no, busca la transacción del ingreso y resincroniza sus bloques; dile al comprador que no pague antes de que esté el depósito.",
  },
  ESCROW_ORDER_MISSING: {
    why: "Hay dinero en el contrato que ninguna operación volverá a pedir.",
    remedy:
      "Busca la orden en las copias de seguridad del mercado. Si nunca existió, quien ingresó usó el contrato a mano: que las partes lo devuelvan allí.",
  },
  ORDER_MULTIPLE_ESCROWS: {
    why: "El vendedor ha pagado dos veces, o un solo ingreso responde de dos promesas.",
    remedy: "Averigua con el vendedor qué depósito es el bueno y haz que el otro se cancele en la cadena.",
  },
  ESCROW_SHARED: {
    why: "Un mismo ingreso está prometido a varios compradores.",
    remedy:
      "Detén las órdenes que lo reclaman, conserva la que tiene las partes del depósito y busca fraude en las demás.",
  },
  AMOUNT_MISMATCH: {
    why: "Alguien recibirá más o menos de lo acordado.",
    remedy:
      "Detén la operación antes de que el comprador pague; las partes deben acordar el importe o cancelar en la cadena.",
  },
  TOKEN_MISMATCH: {
    why: "El ingreso puede ser de un token que no vale nada.",
    remedy: "Detén la operación, avisa al comprador y haz que el depósito se cancele en la cadena.",
  },
  PARTY_MISMATCH: {
    why: "El contrato pagará a alguien distinto del que dice la orden.",
    remedy: "Detén la operación, avisa al comprador de que no pague y haz que el depósito se cancele en la cadena.",
  },
  CHAIN_OR_CONTRACT_MISMATCH: {
    why: "La orden espera dinero donde no lo hay, o donde nadie mira.",
    remedy:
      "Corrige la cadena de la orden si se escribió mal; si no, haz que el depósito se cancele en su propia cadena. Ninguna fila de un contrato que no se sigue viene de chain-sync: averigua quién la escribió.",
  },
  ORDER_CANCELLED_ESCROW_FUNDED: {
    why: "Hay dinero atrapado en una operación en la que ya nadie trabaja.",
    remedy:
      "Haz que las partes cancelen o devuelvan el ingreso en la cadena; si el comprador ha pagado, abre antes una disputa.",
  },
  ORDER_COMPLETED_ESCROW_OPEN: {
    why: "Al comprador se le dijo que los tokens son suyos, y no lo son.",
    remedy:
      "Busca la transacción del pago. Si falló, pide al vendedor que libere otra vez; si se niega, abre una disputa.",
  },
  ESCROW_RELEASED_ORDER_OPEN: {
    why: "La operación está hecha y sus partes siguen esperando, o actuando, como si no lo estuviera.",
    remedy:
      "Comprueba que chain-sync funciona y que la orden está unida a su depósito; resincronizar el bloque de la liberación la hace avanzar.",
  },
  ESCROW_REFUNDED_ORDER_OPEN: {
    why: "El comprador aún puede pagar por un dinero que volvió al vendedor.",
    remedy: "Avisa al comprador; después comprueba que chain-sync funciona y resincroniza el bloque de la devolución.",
  },
  ESCROW_FUNDED_ORDER_WAITING: {
    why: "El vendedor ha ingresado y al comprador no se le dice que puede pagar.",
    remedy:
      "Comprueba que chain-sync funciona y que la orden está unida a su depósito; resincronizar el bloque del ingreso la hace avanzar.",
  },
  PAYMENT_SENT_ESCROW_NOT_LOCKED: {
    why: "El vendedor puede retirar el ingreso aunque el comprador haya pagado.",
    remedy: "Pide al vendedor que bloquee el depósito ya; dile al comprador que abra una disputa si eso no ocurre.",
  },
  DEPOSIT_PENDING_STUCK: {
    why: "Las partes esperan un ingreso que quizá no llegue nunca.",
    remedy: "Busca la transacción: si está pendiente, espera; si se perdió o falló, devuelve la orden a creada.",
  },
  PAYOUT_PENDING_STUCK: {
    why: "Las partes esperan un pago que quizá no llegue nunca.",
    remedy: "Antes de nada, busca la transacción; nunca la envíes otra vez mientras aún pueda minarse.",
  },
  ORDER_EXPIRED_NOT_CANCELLED: {
    why: "Su oferta sigue abierta y engaña a las dos partes.",
    remedy: "Mira si la limpieza se ejecutó, y ejecútala: `vigia trigger cleanup.expire-orders`.",
  },
  PAYMENT_WINDOW_OVERDUE: {
    why: "El ingreso del vendedor está atado a un comprador que no paga.",
    remedy: "Recuérdaselo al comprador; deja que el vendedor cancele en la cadena si el contrato lo permite.",
  },
  RELEASE_OVERDUE_NO_DISPUTE: {
    why: "El comprador ha pagado y no recibe nada.",
    remedy: "Recuérdaselo al vendedor y dile al comprador cómo abrir una disputa; nunca canceles.",
  },
  SYSTEM_CANCEL_AFTER_PAYMENT_SENT: {
    why: "Un comprador ha pagado por una operación que terminamos nosotros.",
    remedy: "Habla ya con las dos partes; que el vendedor libere, o abre una disputa por el comprador.",
  },
  SYSTEM_CANCEL_DURING_OUTAGE: {
    why: "Un usuario perdió una operación por culpa nuestra.",
    remedy: "Avisa a las dos partes y ofréceles la misma operación de nuevo; busca un ingreso que estuviera en camino.",
  },
  DISPUTE_ORDER_MISSING: {
    why: "Nadie puede saber de qué trata la disputa, ni cumplir su decisión.",
    remedy: "Busca la orden en las copias de seguridad del mercado; si nunca existió, cierra la disputa a mano.",
  },
  DISPUTE_ORDER_WRONG_STATE: {
    why: "La operación sigue como si nadie se hubiera opuesto.",
    remedy:
      "Si el depósito está en disputa en la cadena, pasa la orden a disputada; si no, averigua quién cerró una y no la otra.",
  },
  ORDER_DISPUTED_NO_DISPUTE: {
    why: "La operación está parada y nadie va a decidirla.",
    remedy:
      "Busca la disputa en la cadena y regístrala, o haz avanzar la orden si las partes han llegado a un acuerdo.",
  },
  DISPUTE_MULTIPLE_OPEN: {
    why: "Dos decisiones pueden contradecirse.",
    remedy: "Conserva la más antigua y cierra la otra, avisando a quien la abrió.",
  },
  DISPUTE_ESCROW_NOT_DISPUTED: {
    why: "La decisión no se puede cumplir: el contrato no conoce ninguna disputa y puede pagar entretanto.",
    remedy: "Haz que la disputa se abra en la cadena antes de decidirla.",
  },
  DISPUTE_BEFORE_FUNDING: {
    why: "Aún no había nada que decidir, y el comprador puede haber pagado por nada.",
    remedy: "Pregunta al comprador si pagó y cuándo; si no, cierra la disputa, y con ella termina la incidencia.",
  },
  DISPUTE_RULED_ESCROW_OPEN: {
    why: "Quien ganó no ha recibido el dinero.",
    remedy: "Cumple la decisión en la cadena, o averigua por qué falló la transacción del árbitro.",
  },
  DISPUTE_WINNER_MISMATCH: {
    why: "El dinero fue a la parte equivocada, y la cadena no lo devuelve.",
    remedy: "Detén otras decisiones, averigua si lo que está mal es la fila o la transacción, y compensa a quien ganó.",
  },
  DISPUTE_STALE: {
    why: "El dinero de las dos partes está atado mientras no pasa nada.",
    remedy: "Recuérdaselo al árbitro y pregunta a las partes si han llegado a un acuerdo.",
  },
  DISPUTE_FEE_DEADLINE_PASSED: {
    why: "La parte que ha pagado puede dar a la otra por ausente, y pierde ese derecho en silencio.",
    remedy: "Dile a la parte que ha pagado cómo hacerlo, y a la otra qué significa.",
  },
  DISPUTE_OPENER_NOT_PARTY: {
    why: "Un extraño puede estar reteniendo una operación, o alguien se apoderó de una cuenta.",
    remedy: "Averigua quién es; cierra la disputa si ninguna de las partes la respalda.",
  },
  DISPUTE_REPLAY: {
    why: "Una sola decisión en la cadena serviría para decidir varias operaciones.",
    remedy: "No decidas ninguna antes de saber qué orden es la del depósito; busca fraude en las demás.",
  },
  CHAIN_STATE_DRIFT: {
    why: "Alguien escribió la fila, o no se aplicó un evento; una orden puede haber avanzado por ello.",
    remedy:
      "La fila se corrigió, salvo que el contrato no tenga ese depósito. Averigua quién más escribe en `vigia.escrows`; resincroniza desde el primer bloque del depósito.",
  },
  CHAIN_SILENT_TRANSITION: {
    why: "Las partes lo supieron solo al leerse el estado, hasta una hora después.",
    remedy:
      "La fila se corrigió. Si el contrato debe hacer esto, aplaza las incidencias de la comprobación; si no, lee su código antes de la próxima operación.",
  },
  CHAIN_ESCROW_UNKNOWN: {
    why: "Dinero en el contrato que ninguna otra comprobación vigila y que no mueve ninguna orden.",
    remedy: "Resincroniza desde el primer bloque del depósito: `vigia resync --from <firstBlock>`.",
  },
  DB_ESCROW_NOT_CANONICAL: {
    why: "La fila puede hablar de una bifurcación que ya no existe, y la orden de dinero que no está.",
    remedy:
      "Resincroniza desde el bloque que nombra la fila: `vigia resync --from <block>`. Hasta entonces, que nadie pague.",
  },
  EVENT_MISSING: {
    why: "Sin él, la fila de su depósito y la orden que la sigue están mal.",
    remedy: "Resincroniza su bloque: `vigia resync --from <block> --to <block>`. Después averigua qué nodo lo omitió.",
  },
  EVENT_ORPHANED: {
    why: "Lo que contaba no ha ocurrido, y una orden puede haber avanzado por ello.",
    remedy: "Resincroniza desde el bloque del registro: `vigia resync --from <block>`. Si vuelve, mira los nodos.",
  },
  EVENT_DUPLICATE: {
    why: "Lo que hizo la transacción cuenta dos veces en el saldo y la historia de su depósito.",
    remedy: "Resincroniza desde el menor de sus bloques: `vigia resync --from <block>`. La cadena dice cuál se queda.",
  },
  EVENT_UNAPPLIED: {
    why: "La fila muestra un estado anterior al de la cadena, y la orden lo espera.",
    remedy: "Resincronizar el bloque del registro lo aplica: `vigia resync --from <block> --to <block>`.",
  },
  EVENT_ILLEGAL_TRANSITION: {
    why: "O el contrato hace lo que nadie acordó, o su perfil lo lee mal.",
    remedy:
      "Lee las transacciones del depósito. Si el contrato tiene razón, corrige `leadsTo` en el perfil; si no, deja de operar con él.",
  },
  EVENT_UNDECODED: {
    why: "Puede mover dinero, y entonces las filas no lo siguen.",
    remedy:
      "Busca el evento en el ABI del contrato por su primer tema y añádelo al perfil; después resincroniza desde su bloque.",
  },
  CONTRACT_BALANCE_SHORT: {
    why: "A quien se le pague el último no recibirá nada.",
    remedy:
      "Detén ya las operaciones nuevas con este contrato. Busca una retirada de su dueño, un token que cobra comisión o un ataque.",
  },
  CONTRACT_BALANCE_EXCESS: {
    why: "Alguien puede haber enviado dinero al margen del depósito, y lo espera; o se acumulan comisiones.",
    remedy:
      "Busca las transferencias que ningún registro de un depósito explica. Reconócela si el contrato guarda comisiones.",
  },
  PAYOUT_NOT_CONSERVED: {
    why: "Queda dinero de una parte en el contrato, y ya nada lo saca de ahí.",
    remedy:
      "Compara en la cadena el ingreso y el pago del depósito. Si el contrato se quedó una parte, avisa a quien le toca y a quien hizo el contrato.",
  },
  CONTRACT_CHANGED: {
    why: "Lo que valía para el contrato quizá ya no valga: quién puede sacar dinero y qué significan sus eventos.",
    remedy:
      "Detén las operaciones nuevas con él hasta que alguien haya leído el código nuevo y su perfil; después, reconócela.",
  },
  CHAIN_LAG: {
    why: "No se ven ingresos, liberaciones ni disputas; lo que las demás comprobaciones digan de esta cadena puede llegar tarde.",
    remedy: "Mira si chain-sync funciona y con qué falló su última ejecución: `vigia runs --task chain-sync.sync`.",
  },
  CURSOR_GAP: {
    why: "Los registros del hueco nunca se leyeron, y la próxima bifurcación no se podrá deshacer.",
    remedy: "Resincroniza desde el último bloque antes del hueco: `vigia resync --from <afterBlock>`.",
  },
  CHAIN_ID_MISMATCH: {
    why: "No se escribe nada de lo que dice; si no queda otro nodo, no se sigue nada.",
    remedy: "Corrige `CHAIN_RPC_URL`, `RPC_URLS` o `CHAIN_ID` y reinicia chain-sync.",
  },
  RPC_DISAGREEMENT: {
    why: "Sus respuestas no se creen. Si es el único nodo, entretanto no se sigue nada.",
    remedy:
      "Mira en el registro de chain-sync lo que dijo; de dos nodos nombrados por el mismo estado, uno tiene razón. Pregunta a su proveedor; añade otro nodo a `RPC_URLS`.",
  },
  TIMESTAMPS_IMPOSSIBLE: {
    why: "Los plazos y las estadísticas que dependen de estas horas están mal.",
    remedy: "Corrige las horas según la historia de la orden; busca un reloj que va mal.",
  },
  AMOUNT_NOT_POSITIVE: {
    why: "Una operación por nada solo puede ser un error o un ataque.",
    remedy: "Cancela la orden y averigua cómo pasó la validación del propio mercado.",
  },
  SELF_TRADE: {
    why: "Alguien se compra a sí mismo: por reputación o para blanquear dinero.",
    remedy: "Revisa la cuenta; con la operación en sí no hay nada que hacer.",
  },
  STATUS_HISTORY_MISMATCH: {
    why: "O la orden o su historia están mal, y una disputa se apoyaría en ello.",
    remedy: "Averigua quién escribió el estado sin su historia; corrige lo que el depósito contradice.",
  },
  HISTORY_ILLEGAL_TRANSITION: {
    why: "Algo escribe órdenes al margen de las reglas, y volverá a hacerlo.",
    remedy: "Busca quién escribe por el actor y la hora del paso; el paso en sí queda registrado.",
  },
  NOTIFICATION_MISSING: {
    why: "Una parte no sabe que le toca, y se le acaba el tiempo.",
    remedy: "Mira si el servicio notifications funciona; en cuanto lo haga, avisa de lo que espera.",
  },
  OUTBOX_STUCK: {
    why: "Nadie se entera de lo que hace este servicio: no se avisa a ningún usuario ni lo muestra ninguna página.",
    remedy: "Mira si funcionan el servicio y NATS. En cuanto funcionen los dos, los eventos salen solos y en orden.",
  },
  DEAD_LETTERS_OPEN: {
    why: "Lo que pedían o contaban no ha tenido efecto.",
    remedy:
      "Lee el motivo, acaba con su causa y reenvíalos: `vigia deadletters list`, después `vigia deadletters replay`.",
  },
  CHECK_NOT_RUN: {
    why: "Lo que busca no se ha visto desde entonces.",
    remedy: "Mira qué fue de sus ejecuciones: `vigia runs --task <task>`. Ejecútala: `vigia trigger <task>`.",
  },
  CHECK_INCOMPLETE: {
    why: "Lo que busca puede estar ahí y no se cuenta; sus incidencias abiertas quedan como están.",
    remedy:
      "Lee el motivo. Si se agotó el tiempo, busca un índice que falta o un bloqueo; después, `vigia trigger consistency.check`.",
  },
  CANARY_NOT_FOUND: {
    why: "Están ciegas: ninguna incidencia se abre ni se resuelve hasta que vuelvan a ver.",
    remedy:
      "Mira a qué base de datos lleva `DATABASE_URL`; una copia con retraso muestra lo que ya pasó. Después vuelve a ejecutar la comprobación.",
  },
  REPLICA_NOT_READ: {
    why: "Leen del primario en su lugar, junto a todos los que escriben allí.",
    remedy:
      "Lee el motivo. Mira `pg_stat_replication` en el primario y que `CONSISTENCY_REPLICA_URL` lleve a una copia suya.",
  },
};

import type { Details } from "../notice.ts";
import { count, type DigestTemplate, named, short, type Templates, text } from "./template.ts";

const SEVERITIES: Readonly<Record<string, string>> = {
  critical: "crítico",
  high: "alto",
  medium: "medio",
  low: "bajo",
};

export const spanish: Templates = {
  "order-created": ({ orderId }) => ({
    title: "Tienes una orden nueva",
    body: `La orden ${short(orderId)} espera tu depósito.`,
  }),
  "order-escrowed": ({ orderId }) => ({
    title: "Los tokens están en custodia",
    body: `El depósito del vendedor para la orden ${short(orderId)} está seguro en la custodia. Ya puedes pagar.`,
  }),
  "order-paid": ({ orderId }) => ({
    title: "El comprador ha pagado",
    body: `El comprador indica que pagó la orden ${short(orderId)}. Comprueba que llegó el dinero y libera los tokens.`,
  }),
  "order-released": ({ orderId }) => ({
    title: "Los tokens son tuyos",
    body: `La custodia de la orden ${short(orderId)} se liberó a tu favor.`,
  }),
  "order-refunded": ({ orderId }) => ({
    title: "La orden fue reembolsada",
    body: `Los tokens de la orden ${short(orderId)} volvieron al vendedor.`,
  }),
  "order-cancelled": ({ orderId }) => ({
    title: "La orden fue cancelada",
    body: `La orden ${short(orderId)} fue cancelada. No pagues ni deposites nada por ella.`,
  }),
  "order-expired": ({ orderId }) => ({
    title: "La orden ha caducado",
    body: `La orden ${short(orderId)} terminó porque su plazo pasó sin depósito. No pagues por ella.`,
  }),
  "order-undone": ({ orderId }) => ({
    title: "Se deshizo lo que te avisamos",
    body: `La cadena de bloques revirtió lo último que te avisamos sobre la orden ${short(orderId)}. No hagas nada por ella hasta que te avisemos de nuevo.`,
  }),
  "dispute-opened": ({ orderId }) => ({
    title: "Se abrió una disputa",
    body: `La orden ${short(orderId)} está en disputa. Los tokens siguen en custodia hasta que se decida.`,
  }),
  "dispute-won": ({ orderId }) => ({
    title: "La disputa se decidió a tu favor",
    body: `La disputa sobre la orden ${short(orderId)} se decidió a tu favor: los tokens son para ti.`,
  }),
  "dispute-lost": ({ orderId }) => ({
    title: "La disputa se decidió en tu contra",
    body: `La disputa sobre la orden ${short(orderId)} se decidió a favor de la otra parte: los tokens son para ella.`,
  }),
  "dispute-split": ({ orderId }) => ({
    title: "La disputa terminó en reparto",
    body: `Los tokens de la orden ${short(orderId)} se repartieron entre tú y la otra parte.`,
  }),
  "dispute-to-watch": ({ orderId }) => ({
    title: "Se abrió una disputa",
    body: `La orden ${text(orderId)} está en disputa.`,
  }),
  "issue-opened": (group) => ({ title: `${severity(group)}: ${text(group.check)}`, body: alert(group) }),
  "issue-still-open": (group) => ({ title: `Sigue ${severity(group)}: ${text(group.check)}`, body: alert(group) }),
  "issue-resolved": ({ check, meaning, sample, resolved }) => ({
    title: `Resuelto: ${text(check)}`,
    body: `Ya no es así: ${text(meaning)}. Visto por última vez en ${named(sample, count(resolved), more)}`,
  }),
  "daily-report": (day) => ({ title: `Informe diario, ${text(day.day)}`, body: dailyReport(day) }),
};

function dailyReport(day: Details): string {
  return [
    `Incidencias abiertas: ${count(day.openCritical)} críticas, ${count(day.openHigh)} altas, ${count(day.openOther)} otras;`,
    `en un día se abrieron ${count(day.opened)} y se resolvieron ${count(day.resolved)}.`,
    `Ejecuciones: ${count(day.completed)} completadas, ${count(day.failed)} fallidas. Órdenes vencidas: ${count(day.expired)}.`,
    `Mensajes sin tratar que esperan: ${count(day.deadLetters)}. Avisos abandonados: ${count(day.givenUp)}.`,
    `La cadena se lee con ${count(day.lagBlocks)} bloques de retraso como mucho.`,
  ].join(" ");
}

function severity({ severity }: Details): string {
  return SEVERITIES[text(severity)] ?? text(severity);
}

function alert({ meaning, open, opened, resolved, quiet, sample }: Details): string {
  const counts = [
    `${count(open)} sin resolver`,
    ...(count(opened) > 0 ? [`de ellos nuevos ${count(opened)}`] : []),
    ...(count(resolved) > 0 ? [`${count(resolved)} resueltos desde el último aviso`] : []),
    ...(count(quiet) > 0 ? [`${count(quiet)} atendidos o aplazados`] : []),
  ];
  return `${counts.join(", ")}: ${text(meaning)}. ${named(sample, count(open), more)}`;
}

function more(left: number): string {
  return ` y ${left} más`;
}

export const spanishDigest: DigestTemplate = {
  title: (count) => `Tienes ${count} avisos nuevos`,
  more: (count) => `y ${count} más, en tu bandeja de entrada`,
};
